package io.uvit.runner.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Cifar10Binary;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Features;
import io.uvit.config.v1.Idx;
import io.uvit.config.v1.Model;
import io.uvit.runner.image.ImageShape;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** idx files and the binary release of CIFAR-10. */
class RawFilesTest {
  private static final int IMAGE = 3072;

  @TempDir Path root;

  private static Model model(int height, int width, int channels) {
    return Model.newBuilder()
        .setImageHeight(height)
        .setImageWidth(width)
        .setChannels(channels)
        .build();
  }

  private static byte[] idx(int magic, byte[] data, int... dimensions) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dimensions.length + data.length).putInt(magic);
    Arrays.stream(dimensions).forEach(buffer::putInt);
    return buffer.put(data).array();
  }

  private static byte[] gzip(byte[] bytes) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private Data idxData(byte[] images, byte[] labels) throws Exception {
    Path imageFile = Files.write(root.resolve("images"), images);
    Idx.Builder idx = Idx.newBuilder().setImages(imageFile.toString());
    if (labels != null) {
      idx.setLabels(Files.write(root.resolve("labels"), labels).toString());
    }
    return Data.newBuilder().setIdx(idx).build();
  }

  private String refusal(Data data, Model model) {
    return assertThrows(DataException.class, () -> Datasets.open(data, model).close()).getMessage();
  }

  @Test
  void idxPlainAndGzip() throws Exception {
    byte[] images = idx(0x803, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1}, 2, 2, 3);
    byte[] labels = idx(0x801, new byte[] {3, 0}, 2);
    for (Data data : List.of(idxData(images, labels), idxData(gzip(images), gzip(labels)))) {
      try (Dataset dataset = Datasets.open(data, model(2, 3, 1))) {
        assertEquals(2, dataset.size());
        assertEquals(List.of("0", "1", "2", "3"), dataset.classNames());
        assertEquals(3, dataset.label(0));
        byte[] image = new byte[6];
        dataset.read(1, image);
        assertArrayEquals(new byte[] {7, 8, 9, 10, 11, -1}, image);
        assertTrue(dataset.describe(1).endsWith("images, image 1"));
      }
    }
  }

  @Test
  void idxInColourAndUnlabelled() throws Exception {
    Data data = idxData(idx(0x804, new byte[] {1, 2, 3, 4, 5, 6}, 1, 1, 2, 3), null);
    try (Dataset dataset = Datasets.open(data, model(1, 2, 3))) {
      assertEquals(0, dataset.numClasses());
      byte[] image = new byte[6];
      dataset.read(0, image);
      assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6}, image);
    }
  }

  @Test
  void idxFaultsAreNamed() throws Exception {
    byte[] good = idx(0x803, new byte[12], 2, 2, 3);
    Model model = model(2, 3, 1);
    assertTrue(
        refusal(idxData(Arrays.copyOf(good, 20), null), model).contains("images: is truncated"));
    assertTrue(
        refusal(idxData(Arrays.copyOf(good, 9), null), model).endsWith("images: is truncated"));
    byte[] packed = gzip(good);
    assertTrue(refusal(idxData(Arrays.copyOf(packed, 22), null), model).contains("truncated"));
    packed[12] ^= 0x7F;
    assertTrue(refusal(idxData(packed, null), model).contains("images: "));
    assertTrue(
        refusal(idxData(Arrays.copyOf(good, 40), null), model)
            .contains("more data than its header says"));
    assertTrue(
        refusal(idxData(idx(0xD03, new byte[12], 2, 2, 3), null), model)
            .contains("starts with 00000d03"));
    assertTrue(
        refusal(idxData(idx(0x803, new byte[0], -1, 2, 3), null), model)
            .contains("dimension 0 is 4294967295"));
    assertTrue(
        refusal(idxData(idx(0x803, new byte[0], 1 << 30, 100, 3), null), model)
            .contains("more than 2 GiB"));
    assertTrue(
        refusal(idxData(idx(0x803, new byte[8], 500_000_000, 2, 2), null), model)
            .contains("is truncated"));
    assertTrue(
        refusal(idxData(idx(0x803, new byte[0], 0, 2, 3), null), model)
            .contains("found no images"));
    assertTrue(
        refusal(idxData(good, idx(0x801, new byte[3], 3)), model).contains("found 3 labels"));
    assertTrue(refusal(idxData(good, null), model(2, 2, 1)).contains("found images of 3x2"));
    Data absent =
        Data.newBuilder().setIdx(Idx.newBuilder().setImages(root.resolve("no").toString())).build();
    assertTrue(refusal(absent, model).contains("no: cannot be read"));
    assertTrue(
        refusal(Data.newBuilder().setIdx(Idx.getDefaultInstance()).build(), model)
            .startsWith("data.idx.images"));
  }

  private Data cifar() {
    return Data.newBuilder()
        .setCifar10Binary(Cifar10Binary.newBuilder().setPath(root.toString()))
        .build();
  }

  /** Records of planes: red = index, green = 100, blue = pixel number modulo 256. */
  private void batchFile(int number, int... labels) throws Exception {
    ByteBuffer records = ByteBuffer.allocate(labels.length * (IMAGE + 1));
    for (int i = 0; i < labels.length; i++) {
      records.put((byte) labels[i]);
      for (int p = 0; p < IMAGE; p++) {
        records.put((byte) (p < 1024 ? number * 10 + i : p < 2048 ? 100 : p));
      }
    }
    Files.write(root.resolve("data_batch_" + number + ".bin"), records.array());
  }

  @Test
  void cifarPlanesBecomePixels() throws Exception {
    batchFile(1, 3, 9);
    batchFile(2, 0);
    try (Dataset dataset = Datasets.open(cifar(), model(32, 32, 3))) {
      assertEquals(3, dataset.size());
      assertEquals("truck", dataset.classNames().get(dataset.label(1)));
      byte[] image = new byte[IMAGE];
      dataset.read(2, image);
      assertArrayEquals(new byte[] {20, 100, 0, 20, 100, 1}, Arrays.copyOf(image, 6));
      assertEquals((byte) 1023, image[IMAGE - 1]);
      assertEquals(0, dataset.label(2));
    }
  }

  @Test
  void cifarFaultsAreNamed() throws Exception {
    Model model = model(32, 32, 3);
    assertTrue(refusal(cifar(), model).contains("has no data_batch_1.bin"));
    batchFile(1, 3);
    batchFile(3, 3);
    assertTrue(refusal(cifar(), model).contains("has data_batch_3.bin but no data_batch_2.bin"));
    batchFile(2, 10);
    assertTrue(refusal(cifar(), model).contains("data_batch_2.bin, record 0: label is 10"));
    Files.write(root.resolve("data_batch_2.bin"), new byte[5000]);
    assertTrue(refusal(cifar(), model).contains("found 5000 bytes, wanted a multiple of 3073"));
    Data file =
        Data.newBuilder()
            .setCifar10Binary(
                Cifar10Binary.newBuilder().setPath(root.resolve("data_batch_1.bin").toString()))
            .build();
    assertTrue(refusal(file, model).contains("is no folder"));
  }

  @Test
  void otherSourcesAreRefusedWithASentence() {
    Data features = Data.newBuilder().setFeatures(Features.newBuilder().setPath("x")).build();
    assertTrue(refusal(features, model(32, 32, 3)).contains("x: no such folder"));
    DataException e =
        assertThrows(
            DataException.class,
            () -> Datasets.openImages(features, new ImageShape(32, 32, 3)).close());
    assertTrue(e.getMessage().startsWith("data.features: found features, wanted images"));
    assertTrue(
        refusal(Data.getDefaultInstance(), model(32, 32, 3)).startsWith("data: found no source"));
  }
}
