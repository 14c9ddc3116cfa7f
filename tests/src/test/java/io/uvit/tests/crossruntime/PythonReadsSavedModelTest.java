package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.tests.golden.DenoiseInputs;
import io.uvit.tests.golden.GoldenExperiments;
import io.uvit.tests.golden.ServedNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TensorFlow for Python reads our SavedModels with its public loader: same outputs to 1e-5, the
 * variables, any batch size, a gradient for every variable, and the check of the labels.
 */
class PythonReadsSavedModelTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"uvit_uncond", "uvit_cond", "uvit_t2i"})
  void sameModelInPython(String fixture) throws IOException, InterruptedException {
    ServedNetwork served = ServedNetwork.write(fixture, temp);
    Path theirs = temp.resolve("theirs.npz");
    String text =
        Python.run(
            temp,
            Python.resource("read_saved_model.py"),
            served.model().toString(),
            served.inputs().toString(),
            theirs.toString());
    JsonObject report = JsonParser.parseString(text).getAsJsonObject();
    assertArrayEquals(served.prediction(), DenoiseInputs.prediction(theirs), 1e-5f);
    List<String> names =
        new UViT(UViTConfig.of(GoldenExperiments.of(fixture).getModel()))
            .parameters().stream().map(ParameterSpec::name).map(n -> n + ":0").sorted().toList();
    assertEquals(names, strings(report, "variables"));
    assertEquals(
        List.of("denoise", "sample", "sample_defaults", "serving_default", "solve"),
        strings(report, "signatures"));
    assertEquals(names.size(), report.get("gradients").getAsInt());
    assertEquals(1, report.get("batch_of_one").getAsInt());
    assertEquals(
        fixture.equals("uvit_cond"), report.get("bad_label_refused").getAsBoolean(), fixture);
  }

  private static List<String> strings(JsonObject report, String key) {
    return report.getAsJsonArray(key).asList().stream().map(e -> e.getAsString()).toList();
  }
}
