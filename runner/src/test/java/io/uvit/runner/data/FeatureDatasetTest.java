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
import io.uvit.runner.features.TinyFeatures;
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
}
