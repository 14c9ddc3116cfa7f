package io.uvit.runner.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.config.v1.ClassConditional;
import io.uvit.config.v1.Data;
import io.uvit.config.v1.Features;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.TextConditional;
import io.uvit.runner.features.OfficialFeaturesTest;
import io.uvit.runner.features.TinyFeatures;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureDatasetTest {
  private static final int VALUES = TinyFeatures.SHAPE.values();

  @TempDir Path folder;

  @BeforeEach
  void write() throws Exception {
    TinyFeatures.write(folder, 20);
  }

  private static Model.Builder model() {
    return Model.newBuilder()
        .setImageHeight(2)
        .setImageWidth(3)
        .setChannels(2)
        .setClassConditional(ClassConditional.newBuilder().setNumClasses(4).setNullClass(3));
  }

  private Data data() {
    return Data.newBuilder().setFeatures(Features.newBuilder().setPath(folder.toString())).build();
  }

  private String refusal(Model.Builder model) {
    return assertThrows(DataException.class, () -> Datasets.open(data(), model.build()).close())
        .getMessage();
  }

  @Test
  void batchesHoldMomentsAndLabels() throws Exception {
    List<String> whole = draw(0, 12, 2, 4);
    assertEquals(whole, draw(0, 12, 1, 1));
    assertEquals(whole.subList(7 * 6, 12 * 6), draw(7, 5, 2, 3));
  }

  private List<String> draw(long start, int steps, int workers, int prefetch) throws Exception {
    List<String> drawn = new ArrayList<>();
    BatchOptions options = new BatchOptions(5, 6, start, false, workers, prefetch);
    try (Dataset dataset = Datasets.open(data(), model().build());
        BatchSource source = BatchSource.start(dataset, options)) {
      for (int s = 0; s < steps; s++) {
        Batch batch = source.next();
        FloatBuffer moments = batch.moments();
        assertTrue(moments.isDirect());
        assertEquals(6 * VALUES, moments.remaining());
        assertEquals(0, batch.contexts().remaining());
        int[] order = EpochOrder.shuffled(5, batch.epoch(), 20);
        for (int i = 0; i < 6; i++) {
          int item = order[(int) (batch.step() % 3) * 6 + i];
          float[] found = new float[VALUES];
          moments.get(found);
          assertArrayEquals(TinyFeatures.item(item), found);
          assertEquals(TinyFeatures.label(item), batch.labels()[i]);
          drawn.add(batch.step() + ":" + item);
        }
        assertThrows(IllegalStateException.class, batch::images);
      }
    }
    return drawn;
  }

  @Test
  void mustFitTheModel() throws Exception {
    assertTrue(refusal(model().setImageHeight(4)).contains("the model wants latents of 4x3, 2"));
    assertTrue(refusal(model().setChannels(4)).contains("2 latent channels"));
    ClassConditional.Builder few = ClassConditional.newBuilder().setNumClasses(3).setNullClass(2);
    assertTrue(
        refusal(model().setClassConditional(few)).contains("has room for 2 below its null class"));
    TextConditional.Builder text = TextConditional.newBuilder().setNumTokens(77).setContextDim(768);
    assertTrue(refusal(model().setTextConditional(text)).contains("has no contexts of captions"));
    try (Dataset dataset = Datasets.open(data(), model().clearClassConditional().build())) {
      assertEquals(0, dataset.numClasses());
      assertThrows(IllegalStateException.class, () -> dataset.label(0));
      assertThrows(IllegalStateException.class, dataset::shape);
    }
  }

  @Test
  void mirroringLatentsIsRefused() throws Exception {
    try (Dataset dataset = Datasets.open(data(), model().build())) {
      BatchOptions options = new BatchOptions(5, 6, 0, true, 1, 1);
      DataException e =
          assertThrows(DataException.class, () -> BatchSource.start(dataset, options));
      assertTrue(e.getMessage().startsWith("data.random_flip: found true"), e.getMessage());
      assertTrue(dataset.summary().toString().contains("20 features of 2x3"));
      assertTrue(dataset.digest().matches("[0-9a-f]{64}"));
    }
  }

  private static Data features(Path path) {
    return Data.newBuilder().setFeatures(Features.newBuilder().setPath(path.toString())).build();
  }

  private static Model.Builder officialModel() {
    return Model.newBuilder().setImageHeight(2).setImageWidth(3).setChannels(4);
  }

  @Test
  void officialLabelsAreHeldAgainstTheModel(@TempDir Path root) throws Exception {
    OfficialFeaturesTest.copyTo(root);
    Data data = features(root.resolve("imagenet"));
    ClassConditional.Builder five = ClassConditional.newBuilder().setNumClasses(6).setNullClass(5);
    try (Dataset dataset = Datasets.open(data, officialModel().setClassConditional(five).build())) {
      assertEquals(5, dataset.numClasses());
      assertEquals(List.of(), dataset.classNames());
      assertEquals(4, dataset.label(4));
    }
    ClassConditional.Builder four = ClassConditional.newBuilder().setNumClasses(5).setNullClass(4);
    try (Dataset dataset = Datasets.open(data, officialModel().setClassConditional(four).build())) {
      assertEquals(3, dataset.label(3));
      DataException e = assertThrows(DataException.class, () -> dataset.label(4));
      assertTrue(e.getMessage().contains("4.npy: found label 4, the model wants 0 to 3"));
    }
  }

  @Test
  void captionsAreAFunctionOfSeedEpochAndItem(@TempDir Path root) throws Exception {
    OfficialFeaturesTest.copyTo(root);
    TextConditional.Builder text = TextConditional.newBuilder().setNumTokens(5).setContextDim(4);
    Model model = officialModel().setTextConditional(text).build();
    List<String> whole = contexts(root, model, 0, 40);
    assertEquals(whole.subList(13, 40), contexts(root, model, 13, 27));
    // Item 2 has three captions: all of them are drawn.
    assertEquals(3, whole.stream().filter(s -> s.startsWith("2:")).distinct().count());
    TextConditional.Builder wide = TextConditional.newBuilder().setNumTokens(5).setContextDim(8);
    Model other = officialModel().setTextConditional(wide).build();
    DataException e =
        assertThrows(
            DataException.class, () -> Datasets.open(features(root.resolve("coco")), other));
    assertTrue(e.getMessage().contains("5 tokens of width 4"), e.getMessage());
  }

  private static List<String> contexts(Path root, Model model, long start, int steps)
      throws Exception {
    List<String> drawn = new ArrayList<>();
    BatchOptions options = new BatchOptions(3, 1, start, false, 2, 3);
    try (Dataset dataset = Datasets.open(features(root.resolve("coco")), model);
        BatchSource source = BatchSource.start(dataset, options)) {
      byte[] wanted = new byte[80];
      for (int s = 0; s < steps; s++) {
        Batch batch = source.next();
        assertEquals(0, batch.labels().length);
        float[] found = new float[20];
        batch.contexts().get(found);
        int item = EpochOrder.shuffled(3, batch.epoch(), 4)[(int) (batch.step() % 4)];
        int captions = dataset.texts().orElseThrow().captions(item);
        int caption = EpochOrder.caption(3, batch.epoch(), item, captions);
        dataset.texts().orElseThrow().read(item, caption, wanted);
        float[] values = new float[20];
        ByteBuffer.wrap(wanted).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        assertArrayEquals(values, found);
        drawn.add(item + ":" + caption);
      }
    }
    return drawn;
  }
}
