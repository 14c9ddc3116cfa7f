package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.features.FeatureException;
import io.uvit.runner.features.TextContexts;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.image.ImageGrid;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.latent.Autoencoders;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.Sampler;
import io.uvit.savedmodels.pipeline.SolveSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Grids of images from the averaged weights, from the same noise at every step so that growth is
 * visible. A class-conditional model gets one row of ten for each of its first classes, a text
 * model one image for each of its data's preview texts, others rows of ten (official train.py). As
 * many as {@code train.preview.count} says, at most 100.
 */
final class Previews {
  private static final int COLUMNS = 10;
  private static final int MAX_ROWS = 10;

  private final Experiment experiment;
  private final ImageShape shape;
  private final Optional<AutoencoderSession> autoencoder;
  private final SampleRequest request;

  private Previews(
      Experiment experiment,
      ImageShape shape,
      Optional<AutoencoderSession> autoencoder,
      SampleRequest request) {
    this.experiment = experiment;
    this.shape = shape;
    this.autoencoder = autoencoder;
    this.request = request;
  }

  /**
   * Previews as a resolved experiment wants them.
   *
   * @param data with the autoencoder of a network on latents and the texts of a text model
   * @throws FeatureException if the preview texts cannot be read
   */
  static Previews of(Experiment experiment, TrainingData data) throws FeatureException {
    UViTConfig model = UViTConfig.of(experiment.getModel());
    Optional<AutoencoderSession> autoencoder = data.autoencoder();
    ImageShape shape = Autoencoders.shownShape(model, autoencoder);
    return new Previews(experiment, shape, autoencoder, request(experiment, model, data));
  }

  private static SampleRequest request(Experiment experiment, UViTConfig model, TrainingData data)
      throws FeatureException {
    Sample settings = experiment.getTrain().getPreview();
    int most = Math.min(settings.getCount(), MAX_ROWS * COLUMNS);
    SampleRequest.Builder builder =
        SampleRequest.builder().settings(settings.toBuilder().clearCount().build());
    if (model.conditioning() instanceof Conditioning.ClassLabel classes) {
      int given = classes.numClasses() - (classes.nullClass().isPresent() ? 1 : 0);
      int rows = Math.min(Math.max(1, most / COLUMNS), given);
      int[] labels = new int[rows * Math.min(most, COLUMNS)];
      Arrays.setAll(labels, i -> i / COLUMNS);
      return builder.labels(labels).build();
    }
    if (model.conditioning() instanceof Conditioning.Text text) {
      TextContexts texts = data.texts().orElseThrow();
      List<TextContexts.Preview> previews = texts.previews(most);
      int each = text.numTokens() * text.contextDim();
      float[] contexts = new float[previews.size() * each];
      for (int i = 0; i < previews.size(); i++) {
        System.arraycopy(previews.get(i).context(), 0, contexts, i * each, each);
      }
      return builder.contexts(contexts).negativeContexts(texts.empty()).build();
    }
    return builder.count(most).build();
  }

  /**
   * The grid of a network.
   *
   * @param network holds the averaged weights
   */
  ByteImage grid(SolveSession network) {
    List<ByteImage> converted = new ArrayList<>();
    new Sampler(network, experiment)
        .sample(
            request,
            SampleListener.none(),
            (first, made) ->
                converted.addAll(
                    ImageConversion.toImages(
                        autoencoder.isPresent() ? autoencoder.get().decode(made) : made, shape)));
    return ImageGrid.of(converted, Math.min(COLUMNS, converted.size()));
  }
}
