package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.runner.data.Batch;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.data.ItemFormat;
import io.uvit.runner.features.TextContexts;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.latent.Autoencoders;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * What a run is trained on: a dataset, and where the network works on latents of images the
 * autoencoder between them.
 *
 * @param autoencoder of a run on latents that encodes images or shows previews; empty: none is
 *     needed
 */
public record TrainingData(Dataset dataset, Optional<AutoencoderSession> autoencoder)
    implements AutoCloseable {

  /** Data without an autoencoder. */
  public static TrainingData of(Dataset dataset) {
    return new TrainingData(dataset, Optional.empty());
  }

  /**
   * Opens the data of a resolved experiment.
   *
   * @throws DataException if the data is missing, damaged or does not fit the network
   * @throws io.uvit.savedmodels.weights.WeightFileException if the autoencoder's weights cannot be
   *     read
   * @throws io.uvit.savedmodels.state.StateDictException if they do not fit the autoencoder
   */
  public static TrainingData open(Experiment experiment) throws DataException {
    Dataset dataset = openDataset(experiment);
    if (!experiment.hasLatent()) {
      return of(dataset);
    }
    try {
      boolean encodes = dataset.format() instanceof ItemFormat.Pixels;
      boolean shows = experiment.getTrain().getPreviewEvery() > 0;
      return new TrainingData(
          dataset,
          encodes || shows ? Optional.of(Autoencoders.open(experiment)) : Optional.empty());
    } catch (RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  /**
   * Opens the dataset alone: the autoencoder's weights need not be there.
   *
   * @throws DataException if the data is missing, damaged or does not fit the network
   */
  public static Dataset openDataset(Experiment experiment) throws DataException {
    if (!experiment.hasLatent()) {
      return Datasets.open(experiment.getData(), experiment.getModel());
    }
    int factor = Autoencoder.of(experiment).downsampling();
    ImageShape pixels =
        new ImageShape(
            factor * experiment.getModel().getImageHeight(),
            factor * experiment.getModel().getImageWidth(),
            Autoencoder.IMAGE_CHANNELS);
    return Datasets.open(experiment.getData(), experiment.getModel(), pixels);
  }

  /** The texts of a text model. */
  Optional<TextContexts> texts() {
    return dataset.texts();
  }

  /** One optimizer step on a batch of the dataset; images of a run on latents are encoded first. */
  StepResult step(TrainingSession session, Batch batch) {
    if (batch.format() instanceof ItemFormat.Moments) {
      return session.step(batch.moments(), batch.labels(), batch.contexts());
    }
    ByteBuffer images = batch.images();
    if (session.graph().inputs().moments().isEmpty()) {
      return session.step(images, batch.labels());
    }
    byte[] pixels = new byte[images.remaining()];
    images.get(pixels);
    float[] moments = autoencoder.orElseThrow().moments(pixels);
    return session.step(FloatBuffer.wrap(moments), batch.labels(), batch.contexts());
  }

  @Override
  public void close() throws DataException {
    try {
      autoencoder.ifPresent(AutoencoderSession::close);
    } finally {
      dataset.close();
    }
  }
}
