package io.uvit.tests.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.runner.cli.ExitCode;
import io.uvit.savedmodels.state.VariableState;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.SafetensorsWriter;
import io.uvit.savedmodels.weights.TensorEntry;
import io.uvit.savedmodels.weights.TensorWriter;
import io.uvit.savedmodels.weights.TorchWriter;
import io.uvit.tests.cli.Cli;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Constant;
import org.tensorflow.op.train.Restore;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** {@code uvit import} of files that are several times as large as the Java heap. */
class LargeImportTest {
  private static final String HUGE = "imagenet256_uvit_huge";

  @TempDir Path folder;

  @Test
  void fourHundredMegabytesThroughAHeapOf128() throws IOException {
    importThrough(128, 400_000_000, List.of("model.depth=4", "model.embed_dim=1280"), true);
  }

  /** The largest official network: 500,832,016 parameters. */
  @Test
  void theHugeNetworkThroughAHeapOf512() throws IOException {
    Assumptions.assumeTrue(
        Boolean.getBoolean("uvit.slow"), "skipped: writes 4 GB, run with -Duvit.slow=true");
    importThrough(512, 2_003_328_064, List.of(), false);
  }

  private void importThrough(int megabytes, long atLeast, List<String> overrides, boolean pth)
      throws IOException {
    Experiment experiment = ConfigLoader.load(HUGE, overrides);
    UViT model = new UViT(UViTConfig.of(experiment.getModel()));
    Path file = folder.resolve(pth ? "weights.pth" : "weights.safetensors");
    write(model.parameters(), file, pth);
    long size = Files.size(file);
    assertTrue(size >= atLeast, "only " + size + " bytes");
    assertTrue(size > 3 * ((long) megabytes << 20), "the heap is not small");
    Path out = folder.resolve("model");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "import",
                "--config",
                HUGE,
                "--weights",
                file.toString(),
                "--out",
                out.toString(),
                "--without-autoencoder"));
    for (String override : overrides) {
      arguments.addAll(List.of("--set", override));
    }
    long start = System.nanoTime();
    Cli.inChildJvm("-Xmx" + megabytes + "m")
        .within(Duration.ofMinutes(20))
        .run(arguments.toArray(String[]::new))
        .expect(ExitCode.OK);
    System.out.printf(
        "%,d bytes through a heap of %d MB in %.1f s%n",
        size, megabytes, (System.nanoTime() - start) / 1e9);
    for (String name : List.of("pos_embed", "mid_block.mlp.fc1.weight", "decoder_pred.bias")) {
      assertRestores(model.parameters(), out, name);
    }
  }

  private static void write(List<ParameterSpec> parameters, Path file, boolean pth) {
    List<TensorEntry> entries = new ArrayList<>();
    for (ParameterSpec spec : parameters) {
      List<Long> shape = Arrays.stream(spec.shape().asArray()).boxed().toList();
      entries.add(new TensorEntry(spec.name(), DataType.F32, shape));
    }
    try (TensorWriter writer =
        pth
            ? TorchWriter.create(file, entries)
            : SafetensorsWriter.create(file, entries, Map.of())) {
      for (ParameterSpec spec : parameters) {
        writer.write(spec.name(), FloatBuffer.wrap(values(spec)));
      }
    }
  }

  /** Values that tell tensors and places apart, and are exact. */
  private static float[] values(ParameterSpec spec) {
    float[] values = new float[Math.toIntExact(spec.size())];
    int start = Math.floorMod(spec.name().hashCode(), 2003);
    for (int i = 0; i < values.length; i++) {
      values[i] = ((start + i) % 2003 - 1001) / 16384f;
    }
    return values;
  }

  /** Reads one variable from the exported files, as TensorFlow's loaders do. */
  private static void assertRestores(List<ParameterSpec> parameters, Path model, String name) {
    ParameterSpec spec =
        parameters.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      Constant<TString> prefix = tf.constant(model.resolve("variables/variables").toString());
      Restore restored =
          tf.train.restore(prefix, tf.array(name), tf.array(""), List.of(TFloat32.class));
      try (Result result = session.runner().fetch(restored.tensors().get(0)).run()) {
        TFloat32 found = (TFloat32) result.get(0);
        assertEquals(spec.shape(), found.shape());
        assertArrayEquals(values(spec), VariableState.floats(found), name);
      }
    }
  }
}
