package io.uvit.runner.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.BadImagePolicy;
import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.config.v1.TextConditional;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFilesTest {
  private static final Model MODEL =
      Model.newBuilder().setImageHeight(4).setImageWidth(4).setChannels(3).build();

  @TempDir Path root;

  private static byte[] png(int side, int value) {
    ImageShape shape = new ImageShape(side, side, 3);
    byte[] samples = new byte[shape.samples()];
    Arrays.fill(samples, (byte) value);
    return Png.encode(new ByteImage(shape, samples));
  }

  private Path put(String name, byte[] bytes) throws Exception {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private static Data data(Path path, Labels labels) {
    return Data.newBuilder()
        .setImageFiles(ImageFiles.newBuilder().setPath(path.toString()).setLabels(labels))
        .build();
  }

  private Dataset open(Labels labels) throws Exception {
    return Datasets.open(data(root, labels), MODEL);
  }

  private String refusal(Labels labels) {
    return assertThrows(DataException.class, () -> open(labels).close()).getMessage();
  }

  private static List<String> contents(Dataset dataset) throws Exception {
    List<String> items = new ArrayList<>();
    byte[] image = new byte[dataset.shape().samples()];
    for (int i = 0; i < dataset.size(); i++) {
      assertTrue(dataset.read(i, image));
      items.add((dataset.numClasses() == 0 ? "-" : dataset.label(i)) + ":" + (image[0] & 0xFF));
    }
    return items;
  }

  private Path zipped(String name) throws Exception {
    Path zip = root.resolveSibling(root.getFileName() + name);
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream entries = new ZipOutputStream(out);
        Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        String entry = root.relativize(file).toString();
        if (Files.isRegularFile(file)) {
          entries.putNextEntry(new ZipEntry(entry));
          entries.write(Files.readAllBytes(file));
        } else if (!entry.isEmpty()) {
          entries.putNextEntry(new ZipEntry(entry + "/"));
        }
      }
    }
    zip.toFile().deleteOnExit();
    return zip;
  }

  private void threeClasses() throws Exception {
    put("train/dog/b.png", png(4, 30));
    put("train/dog/a.png", png(4, 20));
    put("train/cat/z.png", png(4, 10));
    put("train/Bear/1.PNG", png(4, 1));
  }

  @Test
  void classFoldersAreNumberedBySortedName() throws Exception {
    threeClasses();
    try (Dataset dataset = open(Labels.CLASS_FOLDERS)) {
      assertEquals(List.of("Bear", "cat", "dog"), dataset.classNames());
      assertEquals(List.of("0:1", "1:10", "2:20", "2:30"), contents(dataset));
      assertEquals(root.resolve("train/dog/a.png").toString(), dataset.describe(2));
    }
  }

  @Test
  void zipAndFolderAreTheSameDataset() throws Exception {
    threeClasses();
    put(".hidden/x.png", png(4, 9));
    put("train/cat/._z.png", new byte[3]);
    put("__MACOSX/train/cat/q.png", png(4, 9));
    put("train/cat/Thumbs.db", new byte[3]);
    put("train/readme.txt", new byte[3]);
    Path zip = zipped(".zip");
    try (Dataset folder = open(Labels.CLASS_FOLDERS);
        Dataset archive = Datasets.open(data(zip, Labels.CLASS_FOLDERS), MODEL)) {
      assertEquals(contents(folder), contents(archive));
      assertEquals(4, archive.size());
      assertEquals(folder.digest(), archive.digest());
      assertEquals(1, folder.summary().ignored());
      assertEquals(1, archive.summary().ignored());
      assertTrue(archive.describe(0).endsWith(".zip!/train/Bear/1.PNG"));
    }
  }

  @Test
  void orderGoesByThePartsOfTheName() throws Exception {
    put("a/z.png", png(4, 1));
    put("a.b/a.png", png(4, 2));
    put("b.png", png(4, 3));
    put("a/b/c.png", png(4, 0));
    try (Dataset dataset = open(Labels.UNLABELLED)) {
      assertEquals(List.of("-:0", "-:1", "-:2", "-:3"), contents(dataset));
      assertEquals(0, dataset.numClasses());
      assertThrows(IllegalStateException.class, () -> dataset.label(0));
    }
  }

  @Test
  void namesCompareByCodePoints() {
    String[] ascending = {
      "", "A", "B", "a", "aa", "b", "\u00e9", "\uff21", "\ud83d\ude00", "\ud83d\ude00a"
    };
    for (int i = 0; i < ascending.length; i++) {
      for (int j = 0; j < ascending.length; j++) {
        assertEquals(
            Integer.compare(i, j),
            Integer.signum(FileListing.compareNames(ascending[i], ascending[j])));
      }
    }
  }

  @Test
  void unlabelledBatchesHaveNoLabels() throws Exception {
    threeClasses();
    try (Dataset dataset = open(Labels.UNLABELLED);
        BatchSource batches = BatchSource.start(dataset, new BatchOptions(1, 2, 0, true, 2, 2))) {
      assertEquals(0, batches.next().labels().length);
    }
  }

  @Test
  void fileNamePrefixGivesTheClass() throws Exception {
    put("n02_x.png", png(4, 3));
    put("sub/n01_b_c.png", png(4, 2));
    put("n01_a.png", png(4, 1));
    try (Dataset dataset = open(Labels.FILE_NAME_PREFIX)) {
      assertEquals(List.of("n01", "n02"), dataset.classNames());
      assertEquals(List.of("0:1", "1:3", "0:2"), contents(dataset));
    }
    put("plain.png", png(4, 1));
    assertTrue(refusal(Labels.FILE_NAME_PREFIX).contains("plain.png: the file name has no class"));
  }

  @Test
  void digestFollowsNamesSizesAndLabels() throws Exception {
    threeClasses();
    Set<String> digests = new HashSet<>();
    digests.add(digest(Labels.CLASS_FOLDERS));
    assertTrue(digests.contains(digest(Labels.CLASS_FOLDERS)), "same data, same digest");
    assertTrue(digests.add(digest(Labels.UNLABELLED)));
    byte[] image = png(4, 10);
    put("train/cat/z.png", Arrays.copyOf(image, image.length + 1));
    assertTrue(digests.add(digest(Labels.CLASS_FOLDERS)), "another size");
    Files.move(root.resolve("train/cat/z.png"), root.resolve("train/cat/y.png"));
    assertTrue(digests.add(digest(Labels.CLASS_FOLDERS)), "another name");
  }

  private String digest(Labels labels) throws Exception {
    try (Dataset dataset = open(labels)) {
      return dataset.digest();
    }
  }

  @Test
  void structuralFaultsAreRefusedByName() throws Exception {
    assertTrue(refusal(Labels.UNLABELLED).endsWith(": has no images"));
    put("notes.txt", new byte[1]);
    assertTrue(refusal(Labels.UNLABELLED).contains("1 other files, such as notes.txt"));
    threeClasses();
    Files.createDirectories(root.resolve("train/emu"));
    assertTrue(refusal(Labels.CLASS_FOLDERS).contains("train/emu: class folder without images"));
    Files.delete(root.resolve("train/emu"));
    put("loose.png", png(4, 1));
    assertTrue(refusal(Labels.CLASS_FOLDERS).contains("loose.png: lies in no class folder"));
    assertTrue(refusal(Labels.LABELS_UNSPECIFIED).startsWith("data.image_files.labels"));
    Path gone = root.resolve("gone");
    DataException missing =
        assertThrows(
            DataException.class, () -> Datasets.open(data(gone, Labels.UNLABELLED), MODEL));
    assertEquals(gone + ": no such file or folder", missing.getMessage());
  }

  @Test
  void modelsThatDoNotFitAreRefused() throws Exception {
    threeClasses();
    Model two =
        MODEL.toBuilder()
            .setClassConditional(ClassConditional.newBuilder().setNumClasses(2))
            .build();
    DataException few =
        assertThrows(
            DataException.class, () -> Datasets.open(data(root, Labels.CLASS_FOLDERS), two));
    assertTrue(
        few.getMessage().contains("found 3 classes, model.class_conditional has room for 2"));
    assertThrows(DataException.class, () -> Datasets.open(data(root, Labels.UNLABELLED), two));
    Model text =
        MODEL.toBuilder().setTextConditional(TextConditional.newBuilder().setNumTokens(77)).build();
    assertThrows(DataException.class, () -> Datasets.open(data(root, Labels.UNLABELLED), text));
  }

  @Test
  void unreadableImagesAreNamedWhenRefused() throws Exception {
    byte[] sound = png(4, 1);
    Path cut = put("cut.png", Arrays.copyOf(sound, sound.length - 20));
    try (Dataset dataset = open(Labels.UNLABELLED)) {
      DataException e =
          assertThrows(
              BadImageException.class, () -> dataset.read(0, new byte[dataset.shape().samples()]));
      assertEquals(cut + ": is truncated", e.getMessage());
    }
  }

  @Test
  void unreadableImagesAreSkippedCountedAndReplacedAlikeOnResume() throws Exception {
    for (int i = 0; i < 12; i++) {
      put(String.format("%02d.png", i), png(4, i));
    }
    put("03.png", new byte[0]);
    put("05.png", "no image".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    put("07.webp", "RIFF....WEBPVP8 ".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Data skip = data(root, Labels.UNLABELLED).toBuilder().setBadImages(BadImagePolicy.SKIP).build();
    List<Integer> whole = draw(skip, 0, 18);
    assertEquals(whole.subList(7 * 4, 18 * 4), draw(skip, 7, 11));
    assertFalse(whole.contains(3) || whole.contains(5));
    try (Dataset dataset = Datasets.open(skip, MODEL)) {
      byte[] image = new byte[dataset.shape().samples()];
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < dataset.size(); i++) {
          assertEquals(i != 3 && i != 5 && i != 8, dataset.read(i, image), dataset.describe(i));
        }
      }
      assertEquals(3, dataset.summary().skipped());
      assertEquals(13, dataset.summary().items());
      assertTrue(dataset.summary().toString().endsWith("3 skipped as unreadable"));
    }
  }

  private static List<Integer> draw(Data data, long start, int steps) throws Exception {
    List<Integer> values = new ArrayList<>();
    try (Dataset dataset = Datasets.open(data, MODEL);
        BatchSource batches = BatchSource.start(dataset, BatchOptions.of(data, 3, 4, start))) {
      for (int i = 0; i < steps; i++) {
        Batch batch = batches.next();
        for (int k = 0; k < 4; k++) {
          values.add((int) batch.images().get(k * dataset.shape().samples()));
        }
      }
    }
    return values;
  }

  @Test
  void vanishedFilesAreErrorsEvenWhenSkipping() throws Exception {
    Path file = put("a.png", png(4, 1));
    Data skip = data(root, Labels.UNLABELLED).toBuilder().setBadImages(BadImagePolicy.SKIP).build();
    try (Dataset dataset = Datasets.open(skip, MODEL)) {
      Files.delete(file);
      DataException e = assertThrows(DataException.class, () -> dataset.read(0, new byte[48]));
      assertTrue(e.getMessage().startsWith(file + ": cannot be read"), e.getMessage());
      assertFalse(e instanceof BadImageException);
    }
  }

  @Test
  void wrongSizesAreErrorsEvenWhenSkipping() throws Exception {
    put("a.png", png(5, 1));
    Data.Builder skip = data(root, Labels.UNLABELLED).toBuilder().setBadImages(BadImagePolicy.SKIP);
    try (Dataset dataset = Datasets.open(skip.build(), MODEL)) {
      DataException e = assertThrows(DataException.class, () -> dataset.read(0, new byte[48]));
      assertTrue(
          e.getMessage().contains("a.png: found an image of 5x5, the model wants 4x4"),
          e.getMessage());
    }
    try (Dataset dataset =
        Datasets.open(skip.setPreprocess(Preprocess.CELEBA_CROP).build(), MODEL)) {
      DataException e = assertThrows(DataException.class, () -> dataset.read(0, new byte[48]));
      assertTrue(e.getMessage().contains("CELEBA_CROP wants at least 153x185"), e.getMessage());
    }
    Model wide = MODEL.toBuilder().setImageWidth(8).build();
    assertThrows(
        DataException.class,
        () -> Datasets.open(skip.setPreprocess(Preprocess.ADM_CENTER_CROP).build(), wide));
  }

  @Test
  void celebaCropTakesTheDocumentedSquare() throws Exception {
    ImageShape shape = new ImageShape(218, 178, 3);
    byte[] samples = new byte[shape.samples()];
    for (int y = 57; y < 57 + 128; y++) {
      Arrays.fill(samples, (y * 178 + 25) * 3, (y * 178 + 25 + 128) * 3, (byte) 200);
    }
    put("face.png", Png.encode(new ByteImage(shape, samples)));
    Data crop =
        data(root, Labels.UNLABELLED).toBuilder().setPreprocess(Preprocess.CELEBA_CROP).build();
    Model model = MODEL.toBuilder().setImageHeight(64).setImageWidth(64).build();
    byte[] image = new byte[64 * 64 * 3];
    try (Dataset dataset = Datasets.open(crop, model)) {
      assertTrue(dataset.read(0, image));
    }
    byte[] wanted = new byte[image.length];
    Arrays.fill(wanted, (byte) 200);
    assertArrayEquals(wanted, image);
  }

  @Test
  void smallAndThinImagesGrowUnderAdmCrop() throws Exception {
    put("thin.png", Png.encode(new ByteImage(new ImageShape(1, 3000, 1), new byte[3000])));
    put("tiny.png", png(2, 77));
    Data crop =
        data(root, Labels.UNLABELLED).toBuilder().setPreprocess(Preprocess.ADM_CENTER_CROP).build();
    Model model = MODEL.toBuilder().setImageHeight(64).setImageWidth(64).build();
    byte[] image = new byte[64 * 64 * 3];
    try (Dataset dataset = Datasets.open(crop, model)) {
      assertTrue(dataset.read(0, image));
      assertEquals(0, image[0]);
      assertTrue(dataset.read(1, image));
      assertEquals(77, image[100]);
    }
  }

  @Test
  void pixelCapIsConfigured() throws Exception {
    put("a.png", png(5, 1));
    Data capped =
        data(root, Labels.UNLABELLED).toBuilder()
            .setMaxPixels(24)
            .setPreprocess(Preprocess.LANCZOS_CENTER_CROP)
            .build();
    try (Dataset dataset = Datasets.open(capped, MODEL)) {
      DataException e = assertThrows(BadImageException.class, () -> dataset.read(0, new byte[48]));
      assertTrue(
          e.getMessage().contains("has 5x5 pixels, more than the allowed 24"), e.getMessage());
    }
  }

  @Test
  void damagedArchivesAreNamed() throws Exception {
    put("a.png", png(4, 1));
    Path zip = zipped(".zip");
    byte[] whole = Files.readAllBytes(zip);
    Files.write(zip, Arrays.copyOf(whole, whole.length - 30));
    DataException cut =
        assertThrows(DataException.class, () -> Datasets.open(data(zip, Labels.UNLABELLED), MODEL));
    assertTrue(cut.getMessage().startsWith(zip + ": is no whole zip archive"), cut.getMessage());
    for (int at = 36; at < 100; at += 3) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x55;
      Files.write(zip, damaged);
      try (Dataset dataset = Datasets.open(data(zip, Labels.UNLABELLED), MODEL)) {
        DataException e = assertThrows(DataException.class, () -> dataset.read(0, new byte[48]));
        assertInstanceOf(BadImageException.class, e);
        assertTrue(e.getMessage().startsWith(zip + "!/a.png: is damaged"), e.getMessage());
      }
    }
  }

  @Test
  void packedBombsAreNotInflated() throws Exception {
    byte[] zeros = new byte[32 << 20];
    put("bomb.bmp", zeros);
    Path zip = zipped(".zip");
    try (Dataset dataset = Datasets.open(data(zip, Labels.UNLABELLED), MODEL)) {
      DataException e = assertThrows(BadImageException.class, () -> dataset.read(0, new byte[48]));
      assertTrue(e.getMessage().contains("packed more than 1000 to 1"), e.getMessage());
    }
  }

  @Test
  void namesInArchivesCannotForgeLogLines() throws Exception {
    Path zip = root.resolve("evil.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("../x/up\nline.png"));
      out.write(png(4, 5));
    }
    try (Dataset dataset = Datasets.open(data(zip, Labels.CLASS_FOLDERS), MODEL)) {
      assertEquals(List.of("x"), dataset.classNames());
      assertEquals(zip + "!/../x/up?line.png", dataset.describe(0));
      assertTrue(dataset.read(0, new byte[48]));
    }
    try (Stream<Path> files = Files.walk(root)) {
      assertEquals(2, files.count(), "nothing was extracted");
    }
  }
}
