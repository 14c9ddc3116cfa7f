package io.uvit.runner.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.features.FeatureStore.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureStoreTest {
  @TempDir Path folder;

  private static float[] floats(byte[] bytes) {
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /** Content of every file but the lock, by name. */
  private static Map<String, String> contents(Path folder) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.endsWith(".lock")).toList()) {
        contents.put(file.getFileName().toString(), Sha256.ofFile(file));
      }
    }
    return contents;
  }

  private String refusal() {
    return assertThrows(
            FeatureException.class, () -> FeatureStore.open(folder, Verification.ON_REQUEST))
        .getMessage();
  }

  private void flip(String name, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(name));
    int index = (int) (at < 0 ? bytes.length + at : at);
    bytes[index] ^= 1;
    Files.write(folder.resolve(name), bytes);
  }

  @Test
  void whatIsWrittenIsReadBack() throws Exception {
    TinyFeatures.write(folder, 20);
    try (FeatureSource store = FeatureSources.open(folder)) {
      assertEquals(20, store.size());
      assertEquals(TinyFeatures.SHAPE, store.shape());
      assertEquals(List.of("ant", "bee", "cat"), store.classNames());
      assertTrue(store.labelled());
      byte[] bytes = new byte[store.shape().bytes()];
      for (int i : new int[] {19, 0, 6, 5, 7, 12, 18, 1}) {
        store.read(i, bytes);
        assertArrayEquals(TinyFeatures.item(i), floats(bytes));
        assertEquals(TinyFeatures.label(i), store.label(i));
      }
      assertTrue(store.describe(19).endsWith("moments-00003.npy, item 1"), store.describe(19));
      long size = 0;
      for (int shard = 0; shard < 4; shard++) {
        size += Files.size(ShardRecord.momentsFile(folder, shard));
        size += Files.size(ShardRecord.labelsFile(folder, shard));
      }
      assertEquals(size, store.storedBytes());
    }
  }

  @Test
  void shardsWrittenApartAreThoseWrittenTogether(@TempDir Path whole, @TempDir Path other)
      throws Exception {
    TinyFeatures.write(whole, 20);
    FeatureStoreWriter even = FeatureStoreWriter.open(folder, TinyFeatures.manifest(20));
    FeatureStoreWriter odd = FeatureStoreWriter.open(other, TinyFeatures.manifest(20));
    TinyFeatures.writeShard(even, 2);
    TinyFeatures.writeShard(even, 0);
    TinyFeatures.writeShard(odd, 1);
    TinyFeatures.writeShard(odd, 3);
    assertEquals(List.of(1, 3), even.missing());
    assertTrue(refusal().contains("found 2 of 4 shards, missing 1, 3"), refusal());
    try (Stream<Path> files = Files.list(other)) {
      for (Path file : files.filter(f -> f.toString().contains("0000")).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    assertEquals(contents(whole), contents(folder));
    FeatureStore.open(folder, Verification.ON_REQUEST).close();
  }

  @Test
  void leftoversOfAKilledWriterAreReplaced(@TempDir Path whole) throws Exception {
    TinyFeatures.write(whole, 20);
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, TinyFeatures.manifest(20));
    TinyFeatures.writeShard(writer, 1);
    // Killed between the renames of shard 0, and while writing shard 2.
    Files.write(folder.resolve("moments-00000.npy"), new byte[] {1, 2, 3});
    Files.write(folder.resolve(".moments-00002.npy.uvit-tmp-dead"), new byte[100]);
    TinyFeatures.write(folder, 20);
    assertEquals(contents(whole), contents(folder));
  }

  @Test
  void aShardThatIsThereStays() throws Exception {
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, TinyFeatures.manifest(6));
    try (ShardWriter slow = writer.begin(0)) {
      for (int i = 0; i < 6; i++) {
        slow.add(new float[TinyFeatures.SHAPE.values()], 0, 0);
      }
      FeatureStoreWriter second = FeatureStoreWriter.open(folder, TinyFeatures.manifest(6));
      assertTrue(TinyFeatures.writeShard(second, 0));
      Map<String, String> before = new TreeMap<>(contents(folder));
      assertFalse(slow.commit());
      before.keySet().removeIf(name -> name.startsWith("."));
      assertEquals(before, contents(folder));
    }
    FeatureStore.open(folder, Verification.ON_REQUEST).verify();
  }

  @Test
  void droppedShardsLeaveNothing() throws Exception {
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, TinyFeatures.manifest(6));
    try (ShardWriter out = writer.begin(0)) {
      out.add(TinyFeatures.item(0), 0, 0);
      assertThrows(IllegalStateException.class, out::commit);
    }
    assertEquals(Map.of("manifest.json", "").keySet(), contents(folder).keySet());
  }

  @Test
  void valuesThatAreNotFiniteAndForeignLabelsAreRefused() throws Exception {
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, TinyFeatures.manifest(20));
    try (ShardWriter out = writer.begin(1)) {
      float[] item = TinyFeatures.item(6);
      assertThrows(IllegalArgumentException.class, () -> out.add(item, 0, 3));
      assertThrows(IllegalArgumentException.class, () -> out.add(item, 0, -1));
      item[7] = Float.NaN;
      FeatureException e = assertThrows(FeatureException.class, () -> out.add(item, 0, 0));
      assertTrue(e.getMessage().startsWith("item 6: "), e.getMessage());
    }
  }

  @Test
  void anotherPlanIsRefusedByItsField() throws Exception {
    TinyFeatures.write(folder, 20);
    FeatureManifest m = TinyFeatures.manifest(20);
    Map<String, FeatureManifest> others =
        Map.of(
            "items",
            TinyFeatures.manifest(18),
            "shape",
            with(m, new FeatureShape(3, 2, 4, Posterior.GAUSSIAN), m.source(), m.autoencoder()),
            "source",
            with(m, m.shape(), "other images", m.autoencoder()),
            "autoencoder",
            with(m, m.shape(), m.source(), "other weights"));
    for (Map.Entry<String, FeatureManifest> other : others.entrySet()) {
      FeatureException e =
          assertThrows(
              FeatureException.class, () -> FeatureStoreWriter.open(folder, other.getValue()));
      assertTrue(
          e.getMessage().contains("manifest.json, " + other.getKey() + ": found "), e.getMessage());
    }
    FeatureStoreWriter.open(folder, m);
  }

  private static FeatureManifest with(
      FeatureManifest m, FeatureShape shape, String source, String autoencoder) {
    return new FeatureManifest(
        m.items(),
        shape,
        m.itemsPerShard(),
        m.mirrored(),
        m.classes(),
        m.preprocessing(),
        source,
        autoencoder,
        "renamed");
  }

  @Test
  void damageIsFoundWhereItIsLookedFor() throws Exception {
    TinyFeatures.write(folder, 20);
    flip("moments-00001.npy", -5);
    byte[] bytes = new byte[TinyFeatures.SHAPE.bytes()];
    try (FeatureStore store = FeatureStore.open(folder, Verification.ON_REQUEST)) {
      store.read(6, bytes);
      FeatureException e = assertThrows(FeatureException.class, store::verify);
      assertTrue(e.getMessage().contains("moments-00001.npy, SHA-256"), e.getMessage());
    }
    try (FeatureStore store = FeatureStore.open(folder, Verification.ON_FIRST_TOUCH)) {
      store.read(5, bytes);
      assertThrows(FeatureException.class, () -> store.read(6, bytes));
      assertThrows(FeatureException.class, () -> store.read(6, bytes));
    }
    flip("moments-00001.npy", -5);
    flip("labels-00002.npy", -1);
    assertTrue(refusal().contains("labels-00002.npy, SHA-256"), refusal());
    flip("labels-00002.npy", -1);
    Files.delete(folder.resolve("moments-00003.npy"));
    assertTrue(refusal().contains("moments-00003.npy: is missing"), refusal());
    FeatureException e = assertThrows(FeatureException.class, () -> TinyFeatures.write(folder, 20));
    assertTrue(e.getMessage().endsWith("to have the shard written anew"), e.getMessage());
    Files.delete(folder.resolve("shard-00003.json"));
    TinyFeatures.write(folder, 20);
    FeatureStore.open(folder, Verification.ON_REQUEST).verify();
  }

  @ParameterizedTest
  @ValueSource(strings = {"manifest.json", "shard-00001.json"})
  void mutatedAndCutJsonIsRefused(String name) throws Exception {
    TinyFeatures.write(folder, 20);
    byte[] whole = Files.readAllBytes(folder.resolve(name));
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 300; round++) {
      byte[] bytes = whole.clone();
      int at = random.nextInt(bytes.length);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      if (Character.isWhitespace(whole[at]) || Character.isWhitespace(bytes[at])) {
        continue; // the layout of the file is not part of what it says
      }
      Files.write(folder.resolve(name), bytes);
      assertTrue(refusal().contains(name), refusal());
    }
    Files.write(folder.resolve(name), java.util.Arrays.copyOf(whole, whole.length / 2));
    assertTrue(refusal().contains(name), refusal());
  }

  @Test
  void theDigestCoversTheContents(@TempDir Path other) throws Exception {
    TinyFeatures.write(folder, 20);
    TinyFeatures.write(other, 18);
    String digest = FeatureStore.open(folder, Verification.ON_REQUEST).digest();
    assertNotEquals(digest, FeatureStore.open(other, Verification.ON_REQUEST).digest());
    assertTrue(digest.matches("[0-9a-f]{64}"), digest);
  }

  @Test
  void statisticsAreThoseOfTheItems() throws Exception {
    TinyFeatures.write(folder, 20);
    LatentStatistics found = FeatureStore.open(folder, Verification.ON_REQUEST).statistics();
    int latent = 2;
    double all = 0;
    double allSquares = 0;
    for (int c = 0; c < latent; c++) {
      double sum = 0;
      double squares = 0;
      double variances = 0;
      for (int i = 0; i < 20; i++) {
        float[] item = TinyFeatures.item(i);
        for (int p = 0; p < 6; p++) {
          sum += item[4 * p + c];
          squares += Math.pow(item[4 * p + c], 2);
          variances += Math.exp(item[4 * p + latent + c]);
        }
      }
      double mean = sum / 120;
      assertEquals(mean, found.channelMean()[c], 1e-12);
      assertEquals(Math.sqrt(squares / 120 - mean * mean), found.channelStdOfMeans()[c], 1e-12);
      assertEquals(
          Math.sqrt((squares + variances) / 120 - mean * mean), found.channelStd()[c], 1e-12);
      all += sum;
      allSquares += squares + variances;
    }
    double mean = all / 240;
    assertEquals(mean, found.globalMean(), 1e-12);
    assertEquals(1 / Math.sqrt(allSquares / 240 - mean * mean), found.scaleFactor(), 1e-12);
    assertEquals(20, found.items());
    FeatureStoreWriter writer = FeatureStoreWriter.open(folder, TinyFeatures.manifest(20));
    assertEquals(found.scaleFactor(), writer.statistics().orElseThrow().scaleFactor());
  }

  @Test
  void logVariancesAreClampedAsOfficially() {
    FeatureShape one = new FeatureShape(1, 1, 2, Posterior.GAUSSIAN);
    ChannelSums sums = new ChannelSums(one);
    assertTrue(sums.add(new float[] {1, 100}, 0));
    assertEquals(StrictMath.exp(20), sums.variances()[0]);
    assertTrue(sums.add(new float[] {1, -100}, 0));
    assertEquals(StrictMath.exp(20) + StrictMath.exp(-30), sums.variances()[0]);
  }

  @Test
  void plansOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> TinyFeatures.manifest(7));
    assertThrows(IllegalArgumentException.class, () -> TinyFeatures.manifest(0));
    assertThrows(
        IllegalArgumentException.class, () -> new FeatureShape(1, 1, 3, Posterior.GAUSSIAN));
    assertEquals(
        2048,
        FeatureManifest.defaultItemsPerShard(new FeatureShape(32, 32, 8, Posterior.GAUSSIAN)));
    assertEquals(
        2,
        FeatureManifest.defaultItemsPerShard(
            new FeatureShape(1 << 11, 1 << 10, 8, Posterior.GAUSSIAN)));
  }
}
