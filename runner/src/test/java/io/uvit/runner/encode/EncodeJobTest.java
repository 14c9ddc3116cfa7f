package io.uvit.runner.encode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.BadImagePolicy;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.features.FeatureException;
import io.uvit.runner.features.FeatureSource;
import io.uvit.runner.features.FeatureSources;
import io.uvit.runner.features.FeatureStore;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodeJobTest {
  private static final EncodeListener SILENT =
      new EncodeListener() {
        @Override
        public void started(int shardsToDo, long itemsToDo, int shardsThere) {}

        @Override
        public void encoded(long items) {}

        @Override
        public void shardDone(int shard, boolean ours) {}
      };

  @TempDir Path root;
  private Path images;

  /** 23 images of two classes and several sizes. */
  @BeforeEach
  void paint() throws Exception {
    images = root.resolve("images");
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 23; i++) {
      Path file = images.resolve((i < 10 ? "cat" : "ant") + "/%02d.png".formatted(i));
      Files.createDirectories(file.getParent());
      ImageShape shape = new ImageShape(8 + i % 5, 8 + i % 7, 3);
      byte[] samples = new byte[shape.samples()];
      random.nextBytes(samples);
      Files.write(file, Png.encode(new ByteImage(shape, samples)));
    }
  }

  private Dataset dataset() throws Exception {
    return Datasets.openImages(
        Data.newBuilder()
            .setImageFiles(
                ImageFiles.newBuilder().setPath(images.toString()).setLabels(Labels.CLASS_FOLDERS))
            .setPreprocess(Preprocess.ADM_CENTER_CROP)
            .setBadImages(BadImagePolicy.SKIP)
            .build(),
        new ImageShape(8, 8, 3));
  }

  private EncodeReport encode(Path out, EncodeOptions options, BooleanSupplier stop)
      throws Exception {
    return encode(out, options, true, new BlockEncoder("weights"), stop);
  }

  private EncodeReport encode(
      Path out,
      EncodeOptions options,
      boolean mirrored,
      MomentsEncoder encoder,
      BooleanSupplier stop)
      throws Exception {
    try (Dataset dataset = dataset()) {
      FeatureStoreWriter store =
          FeatureStoreWriter.open(
              out, EncodeJob.plan(dataset, encoder, mirrored, OptionalInt.of(8), "ADM 8x8"));
      return new EncodeJob(dataset, encoder, store, options, SILENT, stop).run();
    }
  }

  private static Map<String, String> contents(Path folder) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.endsWith(".lock")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        contents.put(file.getFileName().toString(), java.util.Arrays.toString(bytes));
      }
    }
    return contents;
  }

  private static EncodeOptions options(int batchSize, int part, int parts) {
    return new EncodeOptions(batchSize, part, parts, 3, 2);
  }

  @Test
  void itemsAreImagesAndTheirMirrorImages() throws Exception {
    Path out = root.resolve("store");
    EncodeReport report = encode(out, options(6, 0, 1), () -> false);
    assertTrue(report.finished());
    assertEquals(46, report.items());
    assertEquals(6, report.shards());
    assertTrue(report.text().startsWith("23 images (46 items) in "), report.text());
    try (FeatureSource store = FeatureSources.open(out);
        Dataset dataset = dataset()) {
      assertEquals(dataset.classNames(), store.classNames());
      byte[] image = new byte[192];
      byte[] item = new byte[64];
      for (int i = 0; i < 46; i++) {
        dataset.read(i / 2, image);
        if (i % 2 == 1) {
          ByteImage.mirror(image, dataset.shape());
        }
        store.read(i, item);
        float[] found = new float[16];
        ByteBuffer.wrap(item).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(found);
        assertArrayEquals(BlockEncoder.moments(image), found);
        assertEquals(i < 26 ? 0 : 1, store.label(i));
      }
    }
  }

  @Test
  void withoutMirrorImages() throws Exception {
    Path out = root.resolve("store");
    encode(out, options(5, 0, 1), false, new BlockEncoder("weights"), () -> false);
    try (FeatureSource store = FeatureSources.open(out)) {
      assertEquals(23, store.size());
      assertEquals(1, store.label(22));
    }
  }

  @Test
  void partsMakeTheWholeWhateverTheBatchSize() throws Exception {
    Path whole = root.resolve("whole");
    Path parts = root.resolve("parts");
    Path other = root.resolve("other");
    encode(whole, options(46, 0, 1), () -> false);
    encode(parts, options(2, 1, 2), () -> false);
    encode(other, options(6, 0, 2), () -> false);
    try (Stream<Path> files = Files.list(other)) {
      for (Path file : files.filter(f -> f.toString().contains("-0000")).toList()) {
        Files.copy(file, parts.resolve(file.getFileName()));
      }
    }
    assertEquals(contents(whole), contents(parts));
  }

  @Test
  void stoppedJobsGoOn() throws Exception {
    Path whole = root.resolve("whole");
    Path out = root.resolve("store");
    encode(whole, options(4, 0, 1), () -> false);
    int runs = 0;
    BlockEncoder encoder = new BlockEncoder("weights");
    while (true) {
      AtomicInteger asked = new AtomicInteger();
      EncodeReport report =
          encode(out, options(4, 0, 1), true, encoder, () -> asked.incrementAndGet() > 3);
      runs++;
      if (report.finished()) {
        break;
      }
    }
    // Three batches a run are a shard of two batches and half of the next one, which is lost.
    assertEquals(6, runs);
    assertEquals(contents(whole), contents(out));
    EncodeReport nothing = encode(out, options(4, 0, 1), true, encoder, () -> true);
    assertTrue(nothing.finished());
    assertEquals(0, nothing.items());
  }

  @Test
  void anotherEncoderAndOtherImagesAreRefused() throws Exception {
    Path out = root.resolve("store");
    encode(out, options(4, 0, 1), () -> false);
    FeatureException weights =
        assertThrows(
            FeatureException.class,
            () -> encode(out, options(4, 0, 1), true, new BlockEncoder("others"), () -> false));
    assertTrue(weights.getMessage().contains("autoencoder: found weights, wanted others"));
    Files.move(images.resolve("cat/00.png"), images.resolve("cat/0.png"));
    FeatureException source =
        assertThrows(FeatureException.class, () -> encode(out, options(4, 0, 1), () -> false));
    assertTrue(source.getMessage().contains("manifest.json, source: "), source.getMessage());
  }

  @Test
  void unreadableImagesAreNamedAndLeaveNoShard() throws Exception {
    Files.write(images.resolve("cat/05.png"), new byte[10]);
    Path out = root.resolve("store");
    DataException e =
        assertThrows(DataException.class, () -> encode(out, options(4, 0, 1), () -> false));
    assertTrue(e.getMessage().contains("05.png: is unreadable"), e.getMessage());
    assertTrue(Files.exists(out.resolve("shard-00003.json")));
    assertFalse(Files.exists(out.resolve("shard-00004.json")));
    assertThrows(
        FeatureException.class, () -> FeatureStore.open(out, FeatureStore.Verification.ON_REQUEST));
    try (Stream<Path> files = Files.list(out)) {
      assertEquals(0, files.filter(f -> f.toString().contains("uvit-tmp")).count());
    }
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> options(0, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> options(2, 2, 2));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> encode(root.resolve("store"), options(3, 0, 1), () -> false));
    assertTrue(e.getMessage().startsWith("batch size: found 3"), e.getMessage());
  }
}
