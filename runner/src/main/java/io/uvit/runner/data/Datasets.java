package io.uvit.runner.data;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.image.ImageShape;
import java.lang.System.Logger.Level;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Opens the dataset an experiment describes and checks that it goes with the model. */
public final class Datasets {
  /** Largest width x height accepted if the configuration says nothing: Pillow's own limit. */
  public static final long DEFAULT_MAX_PIXELS = 178_956_970;

  private static final System.Logger LOG = System.getLogger(Datasets.class.getName());

  private Datasets() {}

  /**
   * Opens the images of {@code data}, to be given in the size and channels of {@code model}.
   * Folders and archives are listed, not read; unreadable images come to light when they are
   * touched.
   *
   * @throws DataException if the source is missing, empty or damaged, does not fit the model, or is
   *     of a kind this version cannot train on
   */
  public static Dataset open(Data data, Model model) throws DataException {
    Preprocessing preprocessing = new Preprocessing(data.getPreprocess(), shape(model));
    if (model.hasTextConditional()) {
      throw new DataException(
          "model.text_conditional: images carry no texts; text conditions come with pre-computed features, which this version"
              + " cannot train on yet");
    }
    ImageSource source = source(data);
    try {
      checkSize(source, data, preprocessing);
      checkClasses(source, model);
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
          throw new DataException(
              "data.features: training on pre-computed autoencoder features is not part of this version; give images");
      case SOURCE_NOT_SET ->
          throw new DataException(
              "data: found no source, wanted one of embedded_mnist, cifar10_binary, image_files, idx");
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

  private static void checkClasses(ImageSource source, Model model) throws DataException {
    if (!model.hasClassConditional()) {
      return;
    }
    int found = source.classNames().size();
    int rows = model.getClassConditional().getNumClasses();
    boolean hasNull = model.getClassConditional().hasNullClass();
    int usable = hasNull ? Math.min(rows, model.getClassConditional().getNullClass()) : rows;
    if (found == 0) {
      throw new DataException(
          source.name() + ": has no labels, model.class_conditional wants classes");
    }
    if (found > usable) {
      throw new DataException(
          source.name()
              + ": found "
              + found
              + " classes, model.class_conditional has room for "
              + usable
              + (hasNull ? " below its null class" : ""));
    }
    if (found < usable) {
      LOG.log(
          Level.WARNING,
          "{0}: found {1} classes, the model has {2}; the others stay untrained",
          source.name(),
          found,
          usable);
    }
  }
}
