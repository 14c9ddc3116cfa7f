package io.uvit.tests.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.ImageFiles;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import io.uvit.runner.image.Png;
import io.uvit.savedmodels.weights.NpzFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official crops, from a PNG file through the whole pipeline to bytes; equal, not merely within
 * a grey level.
 */
class PreprocessGoldenTest {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> cropsEqualTheOfficialOnes() throws Exception {
    JsonArray cases =
        JsonParser.parseString(
                Files.readString(Shared.file("fixtures/image_preprocess/cases.json")))
            .getAsJsonArray();
    return StreamSupport.stream(cases.spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(c -> DynamicTest.dynamicTest(c.get("id").getAsString(), () -> check(c)));
  }

  private void check(JsonObject fixture) throws Exception {
    String id = fixture.get("id").getAsString();
    int size = fixture.get("size").getAsInt();
    try (NpzFile arrays = NpzFile.open(Shared.file("fixtures/image_preprocess/images.npz"))) {
      ImageShape shape =
          new ImageShape(fixture.get("height").getAsInt(), fixture.get("width").getAsInt(), 3);
      Path file = Files.createDirectory(folder.resolve(id)).resolve(id + ".png");
      Png.write(file, new ByteImage(shape, bytes(arrays, id + ".image")));
      compare(arrays, id + ".center_crop_arr", file, Preprocess.ADM_CENTER_CROP, size);
      compare(arrays, id + ".center_crop_lanczos", file, Preprocess.LANCZOS_CENTER_CROP, size);
    }
  }

  private static void compare(
      NpzFile arrays, String name, Path file, Preprocess preprocess, int size) throws Exception {
    Data data =
        Data.newBuilder()
            .setImageFiles(
                ImageFiles.newBuilder()
                    .setPath(file.getParent().toString())
                    .setLabels(Labels.UNLABELLED))
            .setPreprocess(preprocess)
            .build();
    Model model =
        Model.newBuilder().setImageHeight(size).setImageWidth(size).setChannels(3).build();
    byte[] wanted = bytes(arrays, name);
    byte[] found = new byte[wanted.length];
    try (Dataset dataset = Datasets.open(data, model)) {
      assertTrue(dataset.read(0, found));
    }
    int largest = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs((wanted[i] & 0xFF) - (found[i] & 0xFF)));
    }
    assertEquals(0, largest, name + ": largest difference in grey levels");
  }

  private static byte[] bytes(NpzFile arrays, String name) {
    ByteBuffer buffer = arrays.bytes(name);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
