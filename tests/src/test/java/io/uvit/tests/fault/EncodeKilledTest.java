package io.uvit.tests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Data;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.encode.EncodeJob;
import io.uvit.runner.encode.EncodeListener;
import io.uvit.runner.encode.EncodeOptions;
import io.uvit.runner.encode.MomentsEncoder;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.FeatureStore;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.features.Posterior;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that makes a store at random times: the store ends as if nobody had. */
class EncodeKilledTest {
  private static final ImageShape PIXELS = new ImageShape(4, 4, 3);
  private static final int IMAGES = 60;
  private static final int KILLS = 6;

  @TempDir Path root;

  /** Makes a store; says each shard that is done. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
      encode(Path.of(args[0]), Path.of(args[1]), 2);
    }
  }

  private static void encode(Path images, Path out, int pauseMillis) throws Exception {
    Data data =
        Data.newBuilder()
            .setImageFiles(
                ImageFiles.newBuilder().setPath(images.toString()).setLabels(Labels.UNLABELLED))
            .build();
    try (Dataset dataset = Datasets.openImages(data, PIXELS)) {
      MomentsEncoder encoder = new PixelEncoder(pauseMillis);
      FeatureStoreWriter store =
          FeatureStoreWriter.open(
              out, EncodeJob.plan(dataset, encoder, true, OptionalInt.of(6), "none"));
      EncodeOptions options = new EncodeOptions(2, 0, 1, 2, 2);
      new EncodeJob(dataset, encoder, store, options, new Says(), () -> false).run();
    }
  }

  private record Says() implements EncodeListener {
    @Override
    public void started(int shardsToDo, long itemsToDo, int shardsThere) {
      System.out.println("started");
    }

    @Override
    public void encoded(long items) {}

    @Override
    public void shardDone(int shard, boolean ours) {
      System.out.println(shard);
    }
  }

  /** The pixels themselves are the latents. */
  private record PixelEncoder(int pauseMillis) implements MomentsEncoder {
    @Override
    public ImageShape pixels() {
      return PIXELS;
    }

    @Override
    public FeatureShape shape() {
      return new FeatureShape(4, 4, 3, Posterior.DETERMINISTIC);
    }

    @Override
    public String digest() {
      return "none";
    }

    @Override
    public String description() {
      return "pixels";
    }

    @Override
    public void encode(ByteBuffer images, int count, float[] moments) {
      for (int i = 0; images.hasRemaining(); i++) {
        moments[i] = images.get();
      }
      try {
        Thread.sleep(pauseMillis);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {}
  }

  @Test
  void killedRunsMakeTheStoreOfAnUninterruptedOne() throws Exception {
    Path images = Files.createDirectories(root.resolve("images"));
    Random random = new Random(9);
    for (int i = 0; i < IMAGES; i++) {
      byte[] samples = new byte[PIXELS.samples()];
      random.nextBytes(samples);
      Files.write(
          images.resolve("%02d.png".formatted(i)), Png.encode(new ByteImage(PIXELS, samples)));
    }
    Path whole = root.resolve("whole");
    encode(images, whole, 0);
    Path out = root.resolve("store");
    long seed = System.nanoTime();
    Random delays = new Random(seed);
    int killed = 0;
    for (int run = 0; run < KILLS; run++) {
      killed += runAndKill(images, out, delays.nextInt(40)) ? 1 : 0;
    }
    String context = "seed " + seed + ", " + killed + " of " + KILLS + " runs were killed at work";
    assertTrue(killed > 0, context);
    encode(images, out, 0);
    assertEquals(contents(whole), contents(out), context);
    try (FeatureStore store = FeatureStore.open(out, FeatureStore.Verification.ON_REQUEST)) {
      store.verify();
      assertEquals(2 * IMAGES, store.size());
    }
  }

  /** Whether the process was killed before it had ended by itself. */
  private static boolean runAndKill(Path images, Path out, int afterMillis) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                images.toString(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var reader = process.inputReader()) {
      assertEquals("started", reader.readLine());
      Thread.sleep(afterMillis);
      process.toHandle().destroyForcibly();
      while (reader.readLine() != null) {
        continue; // until the process has ended
      }
      return process.waitFor() == 128 + 9;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Content of every file but the lock; no file of a killed process is left. */
  private static Map<String, String> contents(Path folder) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.endsWith(".lock")).toList()) {
        contents.put(
            file.getFileName().toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
