package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.autoencoder.KlAutoencoder;
import io.uvit.graph.autoencoder.KlConfig;
import io.uvit.graph.autoencoder.TinyAutoencoder;
import io.uvit.ops.parameters.ParameterList;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.savedmodels.weights.AutoencoderNaming;
import io.uvit.savedmodels.weights.AutoencoderWeights;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random changes to the names in files of autoencoders: what is accepted has our names, which go
 * into the other naming and back; all else is refused. {@code -Duvit.fuzz=N} sets the number of
 * cases.
 */
class AutoencoderNamesFuzzTest {
  private static final int CASES = Integer.getInteger("uvit.fuzz", 100);
  private static final Duration HANGS = Duration.ofSeconds(60);

  @TempDir Path folder;

  /** The tensors of a small network; of every dimension 1. */
  private List<TensorEntry> entries(AutoencoderNaming naming) throws IOException {
    ParameterList own = new ParameterList().scope("autoencoder");
    List<ParameterSpec> parameters =
        naming.isKl()
            ? new KlAutoencoder(own, new KlConfig(32, List.of(1, 2, 2), 1, 4)).parameters()
            : new TinyAutoencoder(own, 32, true).parameters();
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : parameters) {
      String name = spec.name().substring(Autoencoder.PREFIX.length());
      List<Long> shape = Collections.nCopies(spec.shape().numDimensions(), 1L);
      entries.add(new TensorEntry(name, DataType.F32, shape));
    }
    Path ours = folder.resolve("ours");
    write(ours, entries);
    try (TensorFile file = AutoencoderWeights.open(ours, Optional.empty())) {
      return List.copyOf(AutoencoderWeights.renamed(file, naming).entries().values());
    }
  }

  private static void write(Path path, Collection<TensorEntry> entries) {
    try (TensorWriter writer = SafetensorsWriter.create(path, List.copyOf(entries), Map.of())) {
      for (TensorEntry entry : entries) {
        writer.write(entry.name(), ByteBuffer.allocate((int) entry.bytes()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesAreMappedOrRefused(AutoencoderNaming naming) throws IOException {
    List<TensorEntry> entries = entries(naming);
    Path path = folder.resolve("changed");
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      long seed = 1_000_003L * naming.name().hashCode() + i;
      Mutations mutations = new Mutations(seed);
      Map<String, TensorEntry> changed = new LinkedHashMap<>();
      int hit = mutations.below(entries.size());
      for (int k = 0; k < entries.size(); k++) {
        TensorEntry entry = entries.get(k);
        boolean isHit = k == hit || mutations.below(200) == 0;
        String name = isHit ? mutations.damaged(entry.name()) : entry.name();
        changed.put(name, new TensorEntry(name, entry.type(), entry.shape()));
      }
      write(path, changed.values());
      refused +=
          assertTimeoutPreemptively(HANGS, () -> isMapped(path, seed), "seed " + seed) ? 0 : 1;
    }
    assertTrue(refused > CASES / 4, refused + " of " + CASES + " were refused");
  }

  /** The bytes of the file, names in its header among them. */
  @ParameterizedTest
  @EnumSource
  void damagedFilesAreMappedOrRefused(AutoencoderNaming naming) throws IOException {
    Path path = folder.resolve("damaged");
    write(path, entries(naming));
    byte[] whole = Files.readAllBytes(path);
    for (int i = 0; i < CASES; i++) {
      long seed = 2_000_003L * naming.name().hashCode() + i;
      Files.write(path, new Mutations(seed).damaged(whole));
      assertTimeoutPreemptively(HANGS, () -> isMapped(path, seed), "seed " + seed);
    }
  }

  private static boolean isKl(Path path) {
    return AutoencoderWeights.naming(path).isKl();
  }

  /** Whether a file is accepted; then it is checked, and every tensor can be read. */
  private boolean isMapped(Path path, long seed) {
    try (TensorFile file = AutoencoderWeights.open(path, Optional.empty())) {
      for (TensorEntry entry : file.entries().values()) {
        assertEquals(entry.elements(), file.floats(entry.name()).length);
      }
      if (!file.entries().containsKey("decoder.up.0.block.0.conv1.bias") && isKl(path)) {
        return true; // without its last level nothing tells how many levels the decoder has
      }
      AutoencoderNaming other =
          isKl(path) ? AutoencoderNaming.DIFFUSERS_KL : AutoencoderNaming.DIFFUSERS_TINY;
      Path written = folder.resolve("other");
      write(written, AutoencoderWeights.renamed(file, other).entries().values());
      try (TensorFile back = AutoencoderWeights.open(written, Optional.empty())) {
        assertEquals(file.entries().keySet(), back.entries().keySet());
      }
      return true;
    } catch (WeightFileException refused) {
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
