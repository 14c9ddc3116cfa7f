package io.uvit.runner.data;

import io.uvit.config.v1.Labels;
import io.uvit.runner.data.FileListing.StoredFile;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageDecoder;
import io.uvit.runner.image.ImageFormatException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Encoded images of a folder or zip archive, labelled by the rule of the configuration.
 *
 * <p>Classes are numbered in the order of their sorted names. With CLASS_FOLDERS the class is the
 * name of the folder that holds the image, at any depth: {@code train/cat/1.jpg} and {@code
 * more/cat/2.jpg} are both cats. A folder without images among the class folders is refused, as
 * passing over it would renumber the classes silently; so is an image outside any folder.
 */
final class ImageFilesSource implements ImageSource {
  private static final System.Logger LOG = System.getLogger(ImageFilesSource.class.getName());

  private final FileStore store;
  private final long maxPixels;
  private final List<StoredFile> files;
  private final List<String> classNames;
  private final int[] labels;
  private final ConcurrentLinkedQueue<ImageDecoder> decoders = new ConcurrentLinkedQueue<>();

  private ImageFilesSource(FileStore store, Labels rule, long maxPixels) throws DataException {
    this.store = store;
    this.maxPixels = maxPixels;
    this.files = store.listing().images();
    if (files.isEmpty()) {
      throw new DataException(name() + ": has no images" + ignoredText());
    }
    List<String> classes = classes(rule);
    this.classNames = classes.isEmpty() ? List.of() : sortedNames(classes);
    this.labels = numbers(classes, classNames);
    if (ignored() > 0) {
      LOG.log(
          Level.WARNING,
          "{0}: {1} files ignored as no images by their extension, the first is {2}",
          name(),
          ignored(),
          Names.printable(store.listing().firstIgnored()));
    }
  }

  /** {@code rule}: where labels come from; {@code maxPixels}: cap on width x height. */
  static ImageFilesSource open(Path path, Labels rule, long maxPixels) throws DataException {
    FileStore store = FileStore.open(path);
    try {
      return new ImageFilesSource(store, rule, maxPixels);
    } catch (DataException e) {
      store.close();
      throw e;
    }
  }

  /** Class of each file; empty if unlabelled. */
  private List<String> classes(Labels rule) throws DataException {
    List<String> classes = new ArrayList<>();
    switch (rule) {
      case UNLABELLED -> {}
      case CLASS_FOLDERS -> {
        refuseEmptyFolders();
        for (StoredFile file : files) {
          classes.add(folderClass(file));
        }
      }
      case FILE_NAME_PREFIX -> {
        for (StoredFile file : files) {
          classes.add(prefixClass(file));
        }
      }
      case LABELS_UNSPECIFIED, UNRECOGNIZED ->
          throw new DataException(
              "data.image_files.labels: found "
                  + rule
                  + ", wanted UNLABELLED, CLASS_FOLDERS or FILE_NAME_PREFIX");
    }
    return classes;
  }

  private void refuseEmptyFolders() throws DataException {
    List<String> empty = store.listing().emptyFolders();
    if (!empty.isEmpty()) {
      throw new DataException(
          Names.printable(store.describe(empty.get(0)))
              + ": class folder without images"
              + (empty.size() == 1 ? "" : ", one of " + empty.size())
              + "; remove it or fill it, since class numbers follow the folders");
    }
  }

  private String folderClass(StoredFile file) throws DataException {
    String folder = file.folder();
    String name = folder.substring(folder.lastIndexOf('/') + 1);
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new DataException(
          Names.printable(store.describe(file.name()))
              + ": lies in no class folder; with CLASS_FOLDERS every image lies in a folder named"
              + " after its class");
    }
    return name;
  }

  private String prefixClass(StoredFile file) throws DataException {
    int underscore = file.fileName().indexOf('_');
    if (underscore < 1) {
      throw new DataException(
          Names.printable(store.describe(file.name()))
              + ": the file name has no class before an underscore, as FILE_NAME_PREFIX wants");
    }
    return file.fileName().substring(0, underscore);
  }

  private static List<String> sortedNames(List<String> classes) {
    TreeSet<String> sorted = new TreeSet<>(FileListing::compareNames);
    sorted.addAll(classes);
    return List.copyOf(sorted);
  }

  private static int[] numbers(List<String> classes, List<String> names) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      numbers.put(names.get(i), i);
    }
    return classes.stream().mapToInt(numbers::get).toArray();
  }

  private String ignoredText() {
    int count = store.listing().ignoredCount();
    return count == 0
        ? ""
        : " ("
            + count
            + " other files, such as "
            + Names.printable(store.listing().firstIgnored())
            + ")";
  }

  @Override
  public String name() {
    return store.path().toString();
  }

  @Override
  public int size() {
    return files.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public String describe(int index) {
    return Names.printable(store.describe(files.get(index).name()));
  }

  @Override
  public String digestName(int index) {
    return files.get(index).name();
  }

  @Override
  public long storedBytes(int index) {
    return files.get(index).bytes();
  }

  @Override
  public int ignored() {
    return store.listing().ignoredCount();
  }

  /** Decoders are lent to one thread at a time and come back. */
  @Override
  public ByteImage decode(int index, int channels) throws DataException {
    byte[] file = store.read(files.get(index));
    ImageDecoder lent = decoders.poll();
    ImageDecoder decoder = lent == null ? new ImageDecoder(maxPixels) : lent;
    try {
      return decoder.decode(file, channels);
    } catch (ImageFormatException e) {
      throw new BadImageException(describe(index), e.getMessage());
    } finally {
      decoders.add(decoder);
    }
  }

  @Override
  public void close() throws DataException {
    for (ImageDecoder decoder = decoders.poll(); decoder != null; decoder = decoders.poll()) {
      decoder.close();
    }
    store.close();
  }
}
