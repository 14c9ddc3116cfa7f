package io.uvit.runner.data;

import io.uvit.config.v1.Model;
import io.uvit.runner.features.FeatureException;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.FeatureSource;
import io.uvit.runner.features.FeatureSources;
import io.uvit.runner.features.TextContexts;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Features as a dataset for one model, which decides whether labels or texts are looked at at all.
 */
final class FeatureDataset implements Dataset {
  private final FeatureSource source;
  private final ItemFormat format;
  private final int numClasses;
  private final Optional<TextContexts> texts;

  private FeatureDataset(FeatureSource source, int numClasses, Optional<TextContexts> texts) {
    this.source = source;
    this.format = new ItemFormat.Moments(source.shape());
    this.numClasses = numClasses;
    this.texts = texts;
  }

  /**
   * Opens features for a model on latents.
   *
   * @throws DataException if they are missing or damaged, or do not fit the model
   */
  static FeatureDataset open(Path path, Model model) throws DataException {
    try {
      FeatureSource source = FeatureSources.open(path);
      try {
        checkShape(source, model);
        return new FeatureDataset(source, classes(source, model), texts(source, model));
      } catch (DataException e) {
        source.close();
        throw e;
      }
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  private static void checkShape(FeatureSource source, Model model) throws DataException {
    FeatureShape found = source.shape();
    boolean fits =
        found.height() == model.getImageHeight()
            && found.width() == model.getImageWidth()
            && found.latentChannels() == model.getChannels();
    if (!fits) {
      throw new DataException(
          "%s: found features of %s, the model wants latents of %dx%d, %d channels"
              .formatted(
                  source.path(),
                  found,
                  model.getImageHeight(),
                  model.getImageWidth(),
                  model.getChannels()));
    }
  }

  /**
   * Number of classes, 0 for a model that is told none. Labels without names are held against the
   * model when they are read, one by one.
   */
  private static int classes(FeatureSource source, Model model) throws DataException {
    if (!model.hasClassConditional()) {
      return 0;
    }
    if (!source.labelled()) {
      throw new DataException(
          source.path() + ": has no labels, model.class_conditional wants classes");
    }
    if (source.classNames().isEmpty()) {
      return ModelClasses.usable(model.getClassConditional());
    }
    ModelClasses.check(source.path().toString(), source.classNames().size(), model);
    return source.classNames().size();
  }

  private static Optional<TextContexts> texts(FeatureSource source, Model model)
      throws DataException {
    if (!model.hasTextConditional()) {
      return Optional.empty();
    }
    TextContexts texts =
        source
            .texts()
            .orElseThrow(
                () ->
                    new DataException(
                        source.path()
                            + ": has no contexts of captions, model.text_conditional wants them"));
    int tokens = model.getTextConditional().getNumTokens();
    int width = model.getTextConditional().getContextDim();
    if (texts.tokens() != tokens || texts.width() != width) {
      throw new DataException(
          "%s: found contexts of %d tokens of width %d, model.text_conditional wants %d of %d"
              .formatted(source.path(), texts.tokens(), texts.width(), tokens, width));
    }
    return Optional.of(texts);
  }

  @Override
  public ItemFormat format() {
    return format;
  }

  @Override
  public int size() {
    return source.size();
  }

  @Override
  public int numClasses() {
    return numClasses;
  }

  @Override
  public List<String> classNames() {
    return numClasses == 0 ? List.of() : source.classNames();
  }

  @Override
  public int label(int index) throws DataException {
    if (numClasses == 0) {
      throw new IllegalStateException(source.path() + ": labels are not used by this model");
    }
    try {
      int label = source.label(index);
      if (label >= numClasses) {
        throw new DataException(
            describe(index)
                + ": found label "
                + label
                + ", the model wants 0 to "
                + (numClasses - 1));
      }
      return label;
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  @Override
  public Optional<TextContexts> texts() {
    return texts;
  }

  @Override
  public boolean read(int index, byte[] into) throws DataException {
    try {
      source.read(index, into);
      return true;
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  @Override
  public String describe(int index) {
    return source.describe(index);
  }

  @Override
  public String digest() throws DataException {
    try {
      return source.digest();
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  @Override
  public DataSummary summary() throws DataException {
    try {
      return new DataSummary(
          source.path().toString(), format, size(), numClasses, source.storedBytes(), 0, 0);
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  @Override
  public void close() throws DataException {
    try {
      source.close();
    } catch (FeatureException e) {
      throw new DataException(e.getMessage(), e);
    }
  }
}
