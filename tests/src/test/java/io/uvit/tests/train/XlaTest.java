package io.uvit.tests.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.uvit.runner.cli.ExitCode;
import io.uvit.runner.metrics.MetricsLog;
import io.uvit.runner.train.RunDirectory;
import io.uvit.tests.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code --xla} on the CPU, in processes of their own: TensorFlow reads the flags of XLA once in a
 * process.
 */
class XlaTest {
  private static final int STEPS = 14;

  @TempDir Path folder;

  private Cli cli(String tensorFlowFlags) {
    return Cli.inChildJvm().in(folder).with("TF_XLA_FLAGS", tensorFlowFlags);
  }

  private String[] train(String run, String override, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                TinyRun.command(
                    folder.resolve(run),
                    Stream.concat(
                            Stream.of("train.steps=" + STEPS, "train.preview_every=" + STEPS),
                            Arrays.stream(override.split(" ")))
                        .toArray(String[]::new))));
    words.addAll(List.of("--device", "cpu"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private List<JsonObject> lines(String run) throws IOException {
    return MetricsLog.read(new RunDirectory(folder.resolve(run)).metrics());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "runtime.precision=FLOAT32",
        "runtime.precision=FLOAT32 train.micro_batch_size=4 train.activation_checkpointing=true",
        "runtime.precision=BFLOAT16",
        "runtime.precision=FLOAT16"
      })
  void aTrainingIsTheSameButForRounding(String override) throws IOException {
    Path cache = folder.resolve("cache");
    String flags = "--tf_xla_cpu_global_jit --tf_xla_persistent_cache_directory=" + cache;
    cli(flags).run(train("plain", override)).expect(ExitCode.OK);
    assertFalse(Files.exists(cache), "compiled though not asked to");
    cli(flags).run(train("xla", override, "--xla")).expect(ExitCode.OK);
    List<String> compiled = names(cache);
    assertFalse(compiled.isEmpty(), "nothing was compiled, or nothing kept");
    List<JsonObject> plain = lines("plain");
    List<JsonObject> found = lines("xla");
    assertEquals(plain.size(), found.size());
    double within = override.contains("=FLOAT32") ? 1e-5 : 1e-2;
    for (int i = 0; i < plain.size(); i++) {
      for (String name : List.of("loss", "grad_norm")) {
        double wanted = plain.get(i).get(name).getAsDouble();
        double value = found.get(i).get(name).getAsDouble();
        System.out.printf("%s: %s %.7f, compiled %.7f%n", override, name, wanted, value);
        assertEquals(wanted, value, within * wanted, name + " of line " + i);
      }
      assertEquals(0, found.get(i).get("skipped_updates").getAsLong());
    }
    // Once more: what was compiled is read, and nothing else is compiled.
    cli(flags).run(train("again", override, "--xla")).expect(ExitCode.OK);
    assertEquals(compiled, names(cache));
    assertEquals(
        MetricsLog.withoutTiming(found.get(1)), MetricsLog.withoutTiming(lines("again").get(1)));
  }

  @Test
  void withoutItsFlagItIsRefused() {
    cli("")
        .run(train("refused", "runtime.precision=FLOAT32", "--xla"))
        .expect(ExitCode.BAD_CONFIG)
        .expectError("runtime.xla", "--tf_xla_cpu_global_jit", "TF_XLA_FLAGS");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = files.map(f -> f.getFileName().toString()).sorted().toList();
      assertTrue(names.stream().allMatch(n -> n.endsWith(".pb")), names::toString);
      return names;
    }
  }
}
