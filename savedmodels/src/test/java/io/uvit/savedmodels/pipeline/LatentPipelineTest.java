package io.uvit.savedmodels.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.Experiment;
import io.uvit.ops.parameters.StorageType;
import io.uvit.savedmodels.export.SavedModelFlavor;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Exported models on latents, with their autoencoder and without. */
class LatentPipelineTest {
  private static final Experiment EXPERIMENT = TinyLatentModel.experiment();
  private static final int PIXELS = 16 * 16 * 3;
  private static final int LATENTS = 8 * 8 * 4;
  private static final SampleRequest REQUEST =
      SampleRequest.builder().labels(0, 1, 2).seed(42).batchSize(3).build();

  @TempDir static Path folder;

  private static Path whole;
  private static Path bare;

  @BeforeAll
  static void export() throws IOException {
    whole = TinyLatentModel.export(folder, WeightStorage.DEFAULT);
    bare = TinyLatentModel.exportWithoutAutoencoder(folder);
  }

  private static SampledImages arrays(UViTPipeline pipeline) {
    return pipeline.sampleArrays(REQUEST, SampleListener.none()).orElseThrow();
  }

  private static SampledImages latents(UViTPipeline pipeline) {
    return pipeline.sampleLatents(REQUEST, SampleListener.none()).orElseThrow();
  }

  /** Largest difference of two images in grey levels. */
  private static int levels(byte[] a, byte[] b) {
    assertEquals(a.length, b.length);
    int most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs((a[i] & 0xFF) - (b[i] & 0xFF)));
    }
    return most;
  }

  private static int contrast(byte[] images) {
    return levels(images, new byte[images.length]);
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.size()];
    ((TUint8) tensor).asRawTensor().data().read(bytes);
    return bytes;
  }

  @Test
  void theAutoencodersSignaturesAreThoseOfAModelThatHasIt() throws IOException {
    Set<String> always = Set.of("sample", "serving_default", "sample_defaults", "denoise", "solve");
    Set<String> more = new TreeSet<>(always);
    more.addAll(List.of("encode", "decode"));
    try (SavedModelBundle bundle = SavedModelBundle.load(bare.toString(), "serve")) {
      Map<String, SignatureDef> signatures = bundle.metaGraphDef().getSignatureDefMap();
      assertEquals(always, signatures.keySet());
      assertEquals(Set.of("latents"), signatures.get("sample").getOutputsMap().keySet());
    }
    try (SavedModelBundle bundle = SavedModelBundle.load(whole.toString(), "serve")) {
      Map<String, SignatureDef> signatures = bundle.metaGraphDef().getSignatureDefMap();
      assertEquals(more, signatures.keySet());
      for (String sample : List.of("sample", "sample_defaults")) {
        assertEquals(
            Set.of("images", "latents"), signatures.get(sample).getOutputsMap().keySet(), sample);
      }
      assertEquals(Set.of("images"), signatures.get("encode").getInputsMap().keySet());
      assertEquals(Set.of("moments", "latents"), signatures.get("encode").getOutputsMap().keySet());
      assertEquals(Set.of("latents"), signatures.get("decode").getInputsMap().keySet());
      assertEquals(Set.of("images", "pixels"), signatures.get("decode").getOutputsMap().keySet());
    }
    String card = Files.readString(whole.resolve("assets.extra/model_card.md"));
    assertTrue(card.contains("`decode`") && card.contains("[B, 16, 16, 3]"), card);
    assertFalse(Files.readString(bare.resolve("assets.extra/model_card.md")).contains("`decode`"));
  }

  /** Of all flavours: images of {@code sample} are the decoded latents of the same call. */
  @Test
  void sampledImagesAreTheDecodedLatents() throws IOException {
    for (SavedModelFlavor flavor : SavedModelFlavor.values()) {
      for (StorageType type : StorageType.values()) {
        WeightStorage storage = new WeightStorage(flavor, type);
        Path model =
            storage.equals(WeightStorage.DEFAULT) ? whole : TinyLatentModel.export(folder, storage);
        try (SavedModelBundle bundle = SavedModelBundle.load(model.toString(), "serve");
            TInt32 label = TInt32.vectorOf(0, 1, 2);
            TInt64 seed = TInt64.scalarOf(42);
            Result drawn =
                bundle
                    .session()
                    .runner()
                    .feed("sample/label:0", label)
                    .feed("sample/seed:0", seed)
                    .fetch("sample/images:0")
                    .fetch("sample/latents:0")
                    .run()) {
          assertEquals(Shape.of(3, 16, 16, 3), drawn.get(0).shape());
          assertEquals(Shape.of(3, 8, 8, 4), drawn.get(1).shape());
          byte[] images = bytes(drawn.get(0));
          assertTrue(contrast(images) > 20, "a picture");
          assertArrayEquals(images, decoded(bundle.session(), drawn.get(1)), storage.toString());
        }
        try (UViTPipeline pipeline = UViTPipeline.load(model)) {
          SampledImages ours = arrays(pipeline);
          assertEquals(List.of(16, 16, 3), List.of(ours.height(), ours.width(), ours.channels()));
          assertEquals(3, ours.count());
        }
      }
    }
  }

  private static byte[] decoded(Session session, Tensor latents) {
    try (Result decoded =
        session.runner().feed("decode/latents:0", latents).fetch("decode/images:0").run()) {
      return bytes(decoded.get(0));
    }
  }

  @Test
  void aPipelineGivesImagesOfThePixelsSize() throws IOException {
    try (UViTPipeline pipeline = UViTPipeline.load(whole)) {
      List<BufferedImage> images = pipeline.sample(REQUEST);
      assertEquals(3, images.size());
      assertEquals(16, images.get(0).getWidth());
      assertEquals(16, images.get(0).getHeight());
      SampledImages latents = latents(pipeline);
      assertEquals(
          List.of(8, 8, 4), List.of(latents.height(), latents.width(), latents.channels()));
      AutoencoderSession autoencoder = pipeline.autoencoder().orElseThrow();
      assertArrayEquals(autoencoder.decode(latents.values()), arrays(pipeline).values());
      List<float[]> batches = new ArrayList<>();
      SampleRequest two = SampleRequest.builder().labels(0, 1, 2).seed(42).batchSize(2).build();
      assertTrue(pipeline.sample(two, SampleListener.none(), (first, b) -> batches.add(b)));
      assertEquals(List.of(2 * PIXELS, PIXELS), batches.stream().map(b -> b.length).toList());
      assertArrayEquals(
          Arrays.copyOf(arrays(pipeline).values(), 2 * PIXELS), batches.get(0), 1e-3f);
    }
  }

  /** Images of a loaded model, and those of the network and autoencoder from their files. */
  @Test
  void weightsFromFilesGiveTheSavedModelsImages() throws IOException {
    byte[] wanted;
    float[] moments;
    byte[] image = new byte[PIXELS];
    new Random(4).nextBytes(image);
    try (UViTPipeline pipeline = UViTPipeline.load(whole)) {
      wanted = arrays(pipeline).bytes();
      moments = pipeline.autoencoder().orElseThrow().moments(image);
    }
    Path network = TinyModel.write(EXPERIMENT, folder);
    try (TensorFile file = TensorFiles.open(TinyLatentModel.writeAutoencoder(folder));
        UViTPipeline pipeline =
            UViTPipeline.ofWeights(
                EXPERIMENT, network, Optional.of(AutoencoderSession.ofWeights(EXPERIMENT, file)))) {
      byte[] found = arrays(pipeline).bytes();
      assertTrue(levels(wanted, found) <= 1, levels(wanted, found) + " grey levels");
      AutoencoderSession autoencoder = pipeline.autoencoder().orElseThrow();
      assertArrayEquals(moments, autoencoder.moments(image), 1e-5f);
      assertEquals(8 * 8 * 8, moments.length);
      float[] latents = autoencoder.latents(image);
      assertEquals(LATENTS, latents.length);
      for (int i = 0; i < LATENTS; i++) {
        assertEquals(0.5f * moments[i / 4 * 8 + i % 4], latents[i], 1e-5f);
      }
    }
  }

  @Test
  void latentsOfAnImageAreAStartForAnother() throws IOException {
    byte[] image = new byte[PIXELS];
    new Random(5).nextBytes(image);
    try (UViTPipeline pipeline = UViTPipeline.load(whole)) {
      float[] latents = pipeline.autoencoder().orElseThrow().latents(image);
      SampledImages little = varied(pipeline, latents, 0.02);
      SampledImages much = varied(pipeline, latents, 0.9);
      assertTrue(distance(latents, little.values()) < distance(latents, much.values()));
    }
  }

  private static SampledImages varied(UViTPipeline pipeline, float[] latents, double share) {
    SampleRequest request =
        SampleRequest.builder().labels(1).seed(3).start(new Start.Images(share, latents)).build();
    return pipeline.sampleLatents(request, SampleListener.none()).orElseThrow();
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(sum / a.length);
  }

  @Test
  void withoutItsAutoencoderAModelGivesLatentsAndSaysSo() throws IOException {
    float[] wanted;
    try (UViTPipeline pipeline = UViTPipeline.load(whole)) {
      wanted = latents(pipeline).values();
    }
    try (UViTPipeline pipeline = UViTPipeline.load(bare)) {
      assertTrue(pipeline.autoencoder().isEmpty());
      assertArrayEquals(wanted, latents(pipeline).values(), 1e-5f);
      assertEquals(4, arrays(pipeline).channels());
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> pipeline.sample(REQUEST));
      assertTrue(refused.getMessage().contains("wanted a model with its autoencoder"));
      assertTrue(refused.getMessage().contains("sampleLatents"), refused.getMessage());
    }
  }

  @Test
  void arraysOfAnotherSizeAreRefused() throws IOException {
    try (UViTPipeline pipeline = UViTPipeline.load(whole)) {
      AutoencoderSession autoencoder = pipeline.autoencoder().orElseThrow();
      IllegalArgumentException images =
          assertThrows(
              IllegalArgumentException.class, () -> autoencoder.moments(new byte[PIXELS - 1]));
      assertEquals("images: found 767 numbers, wanted a multiple of 768", images.getMessage());
      IllegalArgumentException latents =
          assertThrows(
              IllegalArgumentException.class, () -> autoencoder.decode(new float[LATENTS + 4]));
      assertEquals("latents: found 260 numbers, wanted a multiple of 256", latents.getMessage());
    }
  }
}
