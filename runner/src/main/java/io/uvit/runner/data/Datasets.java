package io.uvit.runner.data;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.image.ImageShape;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens the dataset an experiment describes and checks that it goes with the model. */
public final class Datasets {
  /** Largest width x height accepted if the configuration says nothing: Pillow's own limit. */
  public static final long DEFAULT_MAX_PIXELS = 178_956_970;

  private static final String IMAGES = "one of embedded_mnist, cifar10_binary, image_files, idx";

  private Datasets() {}

  /**
   * Opens the data of {@code data} for {@code model}: its features, if it has them, else its images
   * in the size and channels of the model. Folders and archives are listed, not read; unreadable
   * images come to light when they are touched.
   *
   * @throws DataException if the source is missing, empty or damaged, does not fit the model, or is
   *     of a kind this version cannot train on
   */
  public static Dataset open(Data data, Model model) throws DataException {
    return data.hasFeatures() ? features(data, model) : images(data, model, shape(model));
  }

  /**
   * As {@link #open(Data, Model)} for a model on latents: images come in the size and channels that
   * the autoencoder reads.
   *
   * @param pixels what the autoencoder reads: the model's size times its down-sampling factor
   * @throws DataException as there
   */
  public static Dataset open(Data data, Model model, ImageShape pixels) throws DataException {
    return data.hasFeatures() ? features(data, model) : images(data, model, pixels);
  }

  /**
   * Opens the images of {@code data} in a size and number of channels of one's own, for no model.
   *
   * @throws DataException if the source is missing, empty or damaged, or has no images
   */
  public static Dataset openImages(Data data, ImageShape pixels) throws DataException {
    return images(data, Model.getDefaultInstance(), pixels);
  }

  private static Dataset features(Data data, Model model) throws DataException {
    return FeatureDataset.open(path("data.features.path", data.getFeatures().getPath()), model);
  }

  private static Dataset images(Data data, Model model, ImageShape pixels) throws DataException {
    Preprocessing preprocessing = new Preprocessing(data.getPreprocess(), pixels);
    if (model.hasTextConditional()) {
      throw new DataException(
          "model.text_conditional: images carry no texts; text conditions come with pre-computed"
              + " features, data.features");
    }
    ImageSource source = source(data);
    try {
      checkSize(source, data, preprocessing);
      ModelClasses.check(source.name(), source.classNames().size(), model);
      return new PreparedDataset(source, preprocessing, data.getBadImages());
    } catch (DataException e) {
      source.close();
      throw e;
    }
  }

  private static ImageSource source(Data data) throws DataException {
    return switch (data.getSourceCase()) {
      case EMBEDDED_MNIST -> IdxFiles.embeddedMnist();
      case CIFAR10_BINARY ->
          Cifar10Files.open(path("data.cifar10_binary.path", data.getCifar10Binary().getPath()));
      case IMAGE_FILES ->
          ImageFilesSource.open(
              path("data.image_files.path", data.getImageFiles().getPath()),
              data.getImageFiles().getLabels(),
              maxPixels(data));
      case IDX ->
          IdxFiles.open(
              path("data.idx.images", data.getIdx().getImages()), data.getIdx().getLabels());
      case FEATURES ->
          throw new DataException("data.features: found features, wanted images: " + IMAGES);
      case SOURCE_NOT_SET ->
          throw new DataException("data: found no source, wanted " + IMAGES + ", or features");
    };
  }

  private static Path path(String field, String text) throws DataException {
    if (text.isEmpty()) {
      throw new DataException(field + ": is empty, wanted a path");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new DataException(
          field + ": found \"" + text + "\", which is no path: " + e.getReason(), e);
    }
  }

  private static ImageShape shape(Model model) throws DataException {
    try {
      return new ImageShape(model.getImageHeight(), model.getImageWidth(), model.getChannels());
    } catch (IllegalArgumentException e) {
      throw new DataException("model: cannot be trained on images: " + e.getMessage(), e);
    }
  }

  /** Images of one known size are held against the model at once instead of at the first batch. */
  private static void checkSize(ImageSource source, Data data, Preprocessing preprocessing)
      throws DataException {
    if (source.raw().isEmpty()) {
      return;
    }
    ImageShape found = source.raw().get().shape();
    ImageShape wanted = preprocessing.target();
    boolean same = found.height() == wanted.height() && found.width() == wanted.width();
    if (preprocessing.keepsImage() && !same) {
      throw new DataException(
          source.name()
              + ": found images of "
              + found
              + ", the model wants "
              + wanted
              + " and data.preprocess is "
              + Preprocess.NO_RESIZE);
    }
    long pixels = (long) found.height() * found.width();
    if (pixels > maxPixels(data)) {
      throw new DataException(
          source.name() + ": found images of " + found + ", data.max_pixels is " + maxPixels(data));
    }
  }

  private static long maxPixels(Data data) {
    return data.hasMaxPixels() ? data.getMaxPixels() : DEFAULT_MAX_PIXELS;
  }
}
