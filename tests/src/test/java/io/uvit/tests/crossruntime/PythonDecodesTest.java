package io.uvit.tests.crossruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.config.v1.Experiment;
import io.uvit.graph.autoencoder.Autoencoder;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.StorageType;
import io.uvit.savedmodels.export.SavedModelFlavor;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.pipeline.AutoencoderSession;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.SampledImages;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * TensorFlow for Python samples, encodes and decodes with a model on latents that has its
 * autoencoder, from the exported model alone, and gets what {@link UViTPipeline} gives.
 */
class PythonDecodesTest {
  private static final int[] LABELS = {1, 2, 3};
  private static final int IMAGE = 16 * 16 * 3;
  private static final int LATENT = 8 * 8 * 4;

  /** Largest difference of numbers of the order of 1 that two runtimes compute. */
  private static final float ROUNDING = 1e-3f;

  /** Share of the pixels that may be a grey level apart. */
  private static final double MOST_DIFFERENT = 0.005;

  @TempDir Path temp;

  @Test
  void sameImagesAndLatentsAsInJava() throws Exception {
    Experiment experiment = RandomModel.onLatents();
    Map<WeightStorage, Path> models = new LinkedHashMap<>();
    JsonArray calls = new JsonArray();
    for (SavedModelFlavor flavor : SavedModelFlavor.values()) {
      for (StorageType type : StorageType.values()) {
        WeightStorage storage = new WeightStorage(flavor, type);
        Path model =
            RandomModel.exportWithAutoencoder(
                experiment, temp.resolve(flavor + "-" + type), storage);
        models.put(storage, model);
        calls.add(call(model, "sample_defaults", Map.of("label", LABELS, "seed", 42L)));
        calls.add(call(model, "sample", sample()));
        calls.add(call(model, "encode", Map.of("images", unsigned(images()))));
        calls.add(call(model, "decode", Map.of("latents", latents())));
      }
    }
    Path file = Files.writeString(temp.resolve("calls.json"), calls.toString());
    JsonObject report =
        JsonParser.parseString(
                Python.run(temp, Python.resource("call_saved_model.py"), file.toString()))
            .getAsJsonObject();
    int at = 0;
    for (Map.Entry<WeightStorage, Path> model : models.entrySet()) {
      checkDescription(
          report.getAsJsonObject("models").getAsJsonObject(path(model.getValue())),
          experiment,
          model.getKey().flavor());
      JsonObject[] results = new JsonObject[4];
      for (int i = 0; i < results.length; i++) {
        results[i] = report.getAsJsonArray("results").get(at++).getAsJsonObject();
      }
      try (UViTPipeline pipeline = UViTPipeline.load(model.getValue())) {
        String which = model.getKey().flavor() + " " + model.getKey().type();
        checkSamples(which, pipeline, results);
        checkAutoencoder(which, pipeline.autoencoder().orElseThrow(), results[2], results[3]);
      }
    }
  }

  private static void checkDescription(
      JsonObject found, Experiment experiment, SavedModelFlavor flavor) {
    assertEquals(
        "[\"decode\",\"denoise\",\"encode\",\"sample\",\"sample_defaults\",\"serving_default\","
            + "\"solve\"]",
        found.get("signatures").toString());
    int variables =
        new UViT(UViTConfig.of(experiment.getModel())).parameters().size()
            + Autoencoder.of(experiment).parameters().size();
    assertEquals(
        flavor == SavedModelFlavor.FROZEN ? 0 : variables, found.get("variables").getAsInt());
  }

  private static void checkSamples(String which, UViTPipeline pipeline, JsonObject[] results) {
    SampleRequest.Builder request = SampleRequest.builder().labels(LABELS).seed(42);
    checkSample(which + " sample_defaults", pipeline, request.build(), results[0]);
    request.seed(7).firstImage(3).steps(5).guidanceScale(2);
    checkSample(which + " sample", pipeline, request.build(), results[1]);
  }

  private static void checkSample(
      String which, UViTPipeline pipeline, SampleRequest request, JsonObject result) {
    SampledImages latents = pipeline.sampleLatents(request, SampleListener.none()).orElseThrow();
    assertClose(which + " latents", latents.values(), floats(result, "latents", "[3,8,8,4]"));
    SampledImages images = pipeline.sampleArrays(request, SampleListener.none()).orElseThrow();
    assertSame(which + " images", images.bytes(), bytes(result, "images", "uint8", "[3,16,16,3]"));
  }

  private static void checkAutoencoder(
      String which, AutoencoderSession autoencoder, JsonObject encoded, JsonObject decoded) {
    assertClose(
        which + " moments", autoencoder.moments(images()), floats(encoded, "moments", "[3,8,8,8]"));
    assertClose(
        which + " encoded latents",
        autoencoder.latents(images()),
        floats(encoded, "latents", "[3,8,8,4]"));
    float[] pixels = autoencoder.decode(latents());
    assertClose(which + " pixels", pixels, floats(decoded, "pixels", "[3,16,16,3]"));
    assertSame(
        which + " decoded images",
        new SampledImages(pixels, 16, 16, 3).bytes(),
        bytes(decoded, "images", "uint8", "[3,16,16,3]"));
  }

  /** All inputs of {@code sample}. */
  private static Map<String, Object> sample() {
    Map<String, Object> inputs = new LinkedHashMap<>();
    inputs.put("label", LABELS);
    inputs.put("seed", 7L);
    inputs.put("first_image", 3L);
    inputs.put("noise", new float[0]);
    inputs.put("solver", "dpm_solver_fast");
    inputs.put("steps", 5);
    inputs.put("guidance_scale", 2.0);
    inputs.put("guidance_rescale", 0.0);
    inputs.put("negative_label", new int[0]);
    return inputs;
  }

  private static byte[] images() {
    byte[] images = new byte[LABELS.length * IMAGE];
    new Random(1).nextBytes(images);
    return images;
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  private static float[] latents() {
    Random random = new Random(2);
    float[] latents = new float[LABELS.length * LATENT];
    for (int i = 0; i < latents.length; i++) {
      latents[i] = (float) random.nextGaussian() / 4;
    }
    return latents;
  }

  private static byte[] bytes(JsonObject result, String output, String type, String shape) {
    assertTrue(result.has(output), result.toString());
    JsonObject value = result.getAsJsonObject(output);
    assertEquals(type, value.get("dtype").getAsString());
    assertEquals(shape, value.get("shape").toString());
    return Base64.getDecoder().decode(value.get("bytes").getAsString());
  }

  private static float[] floats(JsonObject result, String output, String shape) {
    ByteBuffer bytes =
        ByteBuffer.wrap(bytes(result, output, "float32", shape)).order(ByteOrder.nativeOrder());
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private static void assertClose(String which, float[] ours, float[] theirs) {
    assertEquals(ours.length, theirs.length, which);
    float most = 0;
    float largest = 0;
    for (int i = 0; i < ours.length; i++) {
      most = Math.max(most, Math.abs(ours[i] - theirs[i]));
      largest = Math.max(largest, Math.abs(ours[i]));
    }
    String text = which + ": apart by " + most + ", up to " + largest;
    System.out.println(text);
    assertTrue(largest > 0.1 && most <= ROUNDING * Math.max(1, largest), text);
  }

  /** Fails unless pixels are equal, but for a few that are one grey level apart. */
  private static void assertSame(String which, byte[] ours, byte[] theirs) {
    assertEquals(ours.length, theirs.length, which);
    int different = 0;
    int low = 255;
    int high = 0;
    for (int i = 0; i < ours.length; i++) {
      int distance = Math.abs((ours[i] & 0xFF) - (theirs[i] & 0xFF));
      assertTrue(distance <= 1, which + ": " + distance + " grey levels apart");
      different += distance;
      low = Math.min(low, ours[i] & 0xFF);
      high = Math.max(high, ours[i] & 0xFF);
    }
    String text = different + " of " + ours.length + " pixels differ by a grey level: " + which;
    System.out.println(text);
    assertTrue(different <= MOST_DIFFERENT * ours.length, text);
    assertTrue(high - low > 50, "no picture: " + which);
  }

  private static JsonObject call(Path model, String signature, Map<String, Object> inputs) {
    JsonObject json = new JsonObject();
    json.addProperty("model", path(model));
    json.addProperty("signature", signature);
    json.add("inputs", new Gson().toJsonTree(inputs));
    return json;
  }

  private static String path(Path model) {
    return model.toAbsolutePath().toString();
  }
}
