package io.uvit.tests.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.tests.golden.Fixtures;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The measurement of a GPU machine, on the CPU with a small network and a peer that makes it up.
 */
class GpuRunTest {
  @TempDir Path folder;

  private Path peer;

  private record Ended(int status, String out, String err) {}

  /** Its compiled steps fail, at the larger batch alone. */
  @BeforeEach
  void makePeer() throws IOException {
    peer = folder.resolve("peer.sh");
    Files.writeString(
        peer,
        """
        if [[ "$*" == *"--batch 4"* && "$*" == *--compile* ]]; then
          echo "out of memory | really" >&2
          exit 7
        fi
        [[ "$*" != *--compile* ]] || ms=5
        echo "{\\"kind\\": \\"$1\\", \\"batch\\": $5, \\"ms_median\\": ${ms:-8}, \\"images_per_s\\": 250, \
        \\"peak_rss_mb\\": 100, \\"torch\\": \\"0.0\\"}"
        """);
  }

  private Ended run(List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
    builder.environment().put("CLASSPATH", tensorFlow());
    Process process = builder.start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, "did not end within three minutes");
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Ended measure(String... arguments) throws IOException, InterruptedException {
    return run(OurJava.command(GpuRun.class.getName(), List.of(arguments)));
  }

  private static String tensorFlow() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.matches(".*(tensorflow-core|ndarray|javacpp)-.*"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private JsonObject table(String out) throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve(out).resolve("table.json")))
        .getAsJsonObject();
  }

  private String[] tiny(String out, String... more) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--out", out, "--device", "cpu", "--scale", "tiny"));
    words.addAll(List.of("--python", "bash", "--peer", peer.toString()));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void everyStageEndsInOneTableWhateverFails() throws Exception {
    Fixtures.shared(); // skips without golden data
    Ended first = measure(tiny("a", "--stage", "golden", "--only", "golden-narrow-precision"));
    assertEquals(0, first.status(), first.toString());
    Ended second =
        measure(
            tiny("b", "--from", "a", "--stage", "train", "--stage", "sample", "--stage", "peer"));
    assertEquals(1, second.status(), second.toString());
    assertTrue(second.out().contains("exit status 7; out of memory"), second.out());

    JsonObject table = table("b");
    // Both narrow types on every network but for one in float16, five predictions, the trainings.
    int cases = 2 * Fixtures.networks().size() - 1 + 5 + Fixtures.trainings().size();
    assertEquals(
        cases, table.getAsJsonArray("golden").get(0).getAsJsonObject().get("passed").getAsInt());
    assertEquals(2, table.getAsJsonArray("steps").size());
    assertEquals(2, table.getAsJsonArray("problems").size());
    JsonObject train = table.getAsJsonArray("steps").get(0).getAsJsonObject();
    assertEquals("train", train.get("step").getAsString());
    assertTrue(train.getAsJsonObject("ours").get("peak_share").getAsDouble() > 0, train::toString);
    assertEquals(2, train.getAsJsonObject("peer_compiled").get("batch").getAsInt());
    double rate = train.getAsJsonObject("ours").get("images_per_s").getAsDouble();
    assertEquals(250 / rate, train.get("time_per_image_ours_to_best").getAsDouble(), 0.001);
    assertTrue(table.getAsJsonObject("machine").has("cpu"));

    String text = Files.readString(folder.resolve("b/table.md"));
    assertTrue(text.contains("| narrow-precision | " + cases + " | 0 | 0 |"), text);
    assertTrue(text.contains("5.0 (batch 2)"), text);
    assertTrue(text.contains("out of memory \\| really"), text);
    assertTrue(text.contains("PyTorch 0.0"), text);

    Ended again = measure(tiny("b", "--stage", "train"));
    assertEquals(0, again.status(), again.toString());
    assertTrue(again.out().contains("done before"), again.out());
  }

  @Test
  void withoutAGpuItStopsAndSaysWhatIsMissing() throws Exception {
    Assumptions.assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a GPU");
    Ended ended = measure("--out", "a", "--stage", "train");
    assertEquals(3, ended.status(), ended.toString());
    assertTrue(ended.err().contains("no GPU can be used here"), ended.err());
    assertTrue(ended.err().contains("wanted "), ended.err());
    assertEquals("", ended.out());
  }

  @Test
  void aStepThatHangsIsEndedAndThoseAfterItsTimeAreNamed() throws Exception {
    Files.writeString(peer, "echo started >&2; sleep 60\n");
    Ended ended = measure(tiny("a", "--stage", "peer", "--limit", "6"));
    assertEquals(1, ended.status(), ended.toString());
    assertTrue(ended.out().contains("eager: timed out in "), ended.out());
    assertTrue(ended.out().contains("not run in 0.0 s: the 6 s of --limit are over"), ended.out());
    assertEquals(6, table("a").getAsJsonArray("problems").size());
  }

  @Test
  void aBundleRunsWithNothingButJavaAndTensorFlow() throws Exception {
    Fixtures.shared(); // skips without golden data
    Path bundle = folder.resolve("app");
    String said = Bundle.make("--to", bundle.toString(), "--peer", peer.toString());
    assertTrue(said.contains(" MiB"), said);
    try (var files = Files.list(bundle.resolve("lib"))) {
      List<String> jars = files.map(file -> file.getFileName().toString()).toList();
      assertTrue(jars.stream().anyMatch(jar -> jar.startsWith("gson-")), jars::toString);
      assertTrue(jars.stream().anyMatch(jar -> jar.startsWith("protobuf-")), jars::toString);
      assertFalse(jars.stream().anyMatch(jar -> jar.startsWith("tensorflow")), jars::toString);
    }
    List<String> command = new ArrayList<>(List.of("bash", bundle.resolve("run.sh").toString()));
    command.addAll(
        List.of("--out", "b", "--device", "cpu", "--scale", "tiny", "--stage", "sample"));
    Ended ended = run(command);
    assertEquals(0, ended.status(), ended.toString());
    JsonObject sample = table("b").getAsJsonArray("steps").get(1).getAsJsonObject();
    assertEquals(5, sample.get("solver_steps").getAsInt());
    assertTrue(sample.get("run_seconds_ours").getAsDouble() > 0, sample::toString);
  }

  @Test
  void commandLinesThatMakeNoSenseAreRefused() throws Exception {
    String[][] refused = {
      {"--stage", "train"},
      {"--out", "a"},
      {"--out", "a", "--stage", "fly"},
      {"--out", "a", "--stage", "train", "--limit", "soon"},
      {"--out", "a", "--out", "b", "--stage", "train"},
      {"--out", "a", "--stage", "train", "--from", "nowhere"}
    };
    String[] wanted = {
      "--out: missing",
      "--peer: missing",
      "found 'fly', wanted golden, train, sample, peer",
      "--limit: found 'soon'",
      "--out: found [a, b], wanted one",
      "nowhere: has no results"
    };
    for (int i = 0; i < refused.length; i++) {
      Ended ended = measure(refused[i]);
      assertEquals(2, ended.status(), ended.toString());
      assertTrue(ended.err().contains(wanted[i]), ended.err());
    }
  }

  @Test
  void theLastWordsAreAnError() {
    String trace = "java.lang.Error: bad\n\tat io.uvit.Error.main(Error.java:1)\nsee --debug\n";
    assertEquals("java.lang.Error: bad", Report.lastWords(trace));
    assertEquals("two", Report.lastWords("one\ntwo\n"));
    assertEquals("", Report.lastWords(""));
  }

  @Test
  void goldenCasesNameTestClasses() throws Exception {
    for (GoldenCase golden : GoldenCase.values()) {
      Class<?> test = Class.forName(golden.testClass(), false, getClass().getClassLoader());
      assertTrue(test.getDeclaredMethods().length > 0, golden::testClass);
    }
  }
}
