package io.uvit.runner.train;

import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.graph.model.Conditioning;
import io.uvit.graph.model.UViTConfig;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.image.ImageGrid;
import io.uvit.runner.image.ImageShape;
import io.uvit.savedmodels.predict.ImageSampler;
import io.uvit.savedmodels.predict.Network;
import java.util.ArrayList;
import java.util.List;

/**
 * Grids of images from the averaged weights, from the same noise at every step so that growth is
 * visible. A class-conditional model gets one row for each of its first classes, others ten rows of
 * ten (official train.py).
 */
public final class Previews {
  private static final int COLUMNS = 10;
  private static final int MAX_ROWS = 10;

  private final ImageSampler sampler;
  private final Sample settings;
  private final UViTConfig model;
  private final long seed;
  private final int[] labels;
  private final int count;

  /** Previews of a resolved experiment with a network that holds the averaged weights. */
  public Previews(Experiment experiment, Network network) {
    sampler = new ImageSampler(network, experiment);
    settings = experiment.getTrain().getPreview();
    model = UViTConfig.of(experiment.getModel());
    seed = experiment.getSeed();
    int rows = MAX_ROWS;
    boolean conditional = model.conditioning() instanceof Conditioning.ClassLabel;
    if (model.conditioning() instanceof Conditioning.ClassLabel classes) {
      rows = Math.min(MAX_ROWS, classes.numClasses() - (classes.nullClass().isPresent() ? 1 : 0));
    }
    count = rows * COLUMNS;
    labels = new int[conditional ? count : 0];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i / COLUMNS;
    }
  }

  /** The grid of the present weights. */
  public ByteImage grid() {
    ImageShape shape = new ImageShape(model.imageHeight(), model.imageWidth(), model.channels());
    List<ByteImage> converted = new ArrayList<>();
    sampler.sampleAll(
        settings,
        seed,
        labels,
        count,
        (first, images) -> converted.addAll(ImageConversion.toImages(images, shape)));
    return ImageGrid.of(converted, COLUMNS);
  }
}
