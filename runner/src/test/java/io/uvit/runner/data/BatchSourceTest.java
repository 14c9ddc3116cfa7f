package io.uvit.runner.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchSourceTest {

  /** Images of 1x2 grey pixels (index, 255 - index); some unreadable. */
  private static class FakeDataset implements Dataset {
    final int size;
    final Set<Integer> unreadable;

    FakeDataset(int size, Integer... unreadable) {
      this.size = size;
      this.unreadable = new HashSet<>(Arrays.asList(unreadable));
    }

    @Override
    public ItemFormat format() {
      return new ItemFormat.Pixels(new ImageShape(1, 2, 1));
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public List<String> classNames() {
      return List.of("even", "odd");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public boolean read(int index, byte[] into) throws DataException {
      into[0] = (byte) index;
      into[1] = (byte) (255 - index);
      return !unreadable.contains(index);
    }

    @Override
    public String describe(int index) {
      return "item " + index;
    }

    @Override
    public String digest() {
      return "";
    }

    @Override
    public DataSummary summary() {
      return new DataSummary("fake", format(), size, 2, 2L * size, 0, 0);
    }

    @Override
    public void close() {}
  }

  private static List<String> draw(Dataset dataset, BatchOptions options, int steps)
      throws Exception {
    List<String> drawn = new ArrayList<>();
    try (BatchSource source = BatchSource.start(dataset, options)) {
      for (int i = 0; i < steps; i++) {
        Batch batch = source.next();
        byte[] images = new byte[batch.images().remaining()];
        batch.images().get(images);
        drawn.add(
            batch.step()
                + "/"
                + batch.epoch()
                + Arrays.toString(images)
                + Arrays.toString(batch.labels()));
      }
    }
    return drawn;
  }

  private static BatchOptions options(int batchSize, long startStep, int workers, int prefetch) {
    return new BatchOptions(7, batchSize, startStep, true, workers, prefetch);
  }

  @Test
  void resultDoesNotDependOnThreadsOrPrefetch() throws Exception {
    FakeDataset slow =
        new FakeDataset(50, 3, 11) {
          @Override
          public boolean read(int index, byte[] into) throws DataException {
            long until = System.nanoTime() + (index * 7919L % 13) * 20_000;
            while (System.nanoTime() < until) {
              Thread.onSpinWait();
            }
            return super.read(index, into);
          }
        };
    List<String> one = draw(slow, options(8, 0, 1, 1), 40);
    assertEquals(one, draw(slow, options(8, 0, 4, 6), 40));
    assertEquals(one, draw(slow, options(8, 0, 2, 1), 40));
  }

  @Test
  void anyStartStepContinuesTheSameSequence() throws Exception {
    FakeDataset dataset = new FakeDataset(50, 3, 11);
    List<String> whole = draw(dataset, options(8, 0, 2, 4), 30);
    for (int start : new int[] {1, 5, 6, 7, 13, 29}) {
      assertEquals(whole.subList(start, 30), draw(dataset, options(8, start, 2, 4), 30 - start));
    }
  }

  @Test
  void epochHoldsEveryItemOnceAndDropsTheRest() throws Exception {
    FakeDataset dataset = new FakeDataset(50);
    try (BatchSource source = BatchSource.start(dataset, new BatchOptions(1, 8, 0, false, 2, 4))) {
      assertEquals(6, source.batchesPerEpoch());
      List<Integer> firstOrder = new ArrayList<>();
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Integer> order = new ArrayList<>();
        for (int b = 0; b < 6; b++) {
          Batch batch = source.next();
          assertEquals(epoch, batch.epoch());
          assertEquals(epoch * 6L + b, batch.step());
          for (int i = 0; i < 8; i++) {
            int item = batch.images().get(2 * i);
            assertEquals(item % 2, batch.labels()[i]);
            order.add(item);
          }
        }
        assertEquals(48, new HashSet<>(order).size());
        if (epoch == 0) {
          firstOrder = order;
        } else {
          assertNotEquals(firstOrder, order);
        }
      }
    }
  }

  @Test
  void flipsAboutHalfAndAnewEachEpoch() {
    int flipped = 0;
    int changed = 0;
    for (int item = 0; item < 10_000; item++) {
      boolean now = EpochOrder.flipped(1234, 0, item);
      flipped += now ? 1 : 0;
      changed += now != EpochOrder.flipped(1234, 1, item) ? 1 : 0;
    }
    assertEquals(5000, flipped, 200);
    assertEquals(5000, changed, 200);
  }

  /**
   * The documented algorithm, pinned by an independent implementation: a changed order would break
   * every resumed run.
   */
  @Test
  void orderIsPinned() {
    assertEquals(
        0xE220A8397B1DCDAFL,
        new SplitMix64(0).next(),
        "first output of SplitMix64 from 0, as published");
    assertArrayEquals(new int[] {1, 8, 4, 2, 5, 9, 3, 7, 6, 0}, EpochOrder.shuffled(1234, 0, 10));
  }

  @Test
  void shuffleIsUniform() {
    int[][] counts = new int[4][4];
    for (int epoch = 0; epoch < 8000; epoch++) {
      int[] order = EpochOrder.shuffled(5, epoch, 4);
      for (int i = 0; i < 4; i++) {
        counts[i][order[i]]++;
      }
    }
    for (int[] row : counts) {
      for (int count : row) {
        assertEquals(2000, count, 200);
      }
    }
  }

  @Test
  void mirrorReversesPixelsNotSamples() {
    byte[] image = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19};
    ByteImage.mirror(image, new ImageShape(2, 3, 3));
    assertArrayEquals(
        new byte[] {7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13}, image);
  }

  @Test
  void unreadableItemsGetStandIns() throws Exception {
    FakeDataset dataset = new FakeDataset(50, 3, 11, 12, 13);
    try (BatchSource source = BatchSource.start(dataset, options(10, 0, 2, 4))) {
      for (int step = 0; step < 5; step++) {
        Batch batch = source.next();
        for (int i = 0; i < 10; i++) {
          int a = batch.images().get(2 * i) & 0xFF;
          int item = Math.min(a, 255 - a);
          assertFalse(dataset.unreadable.contains(item));
          assertEquals(item % 2, batch.labels()[i]);
        }
      }
    }
  }

  @Test
  void mostlyUnreadableDataEndsWithItsSummary() throws Exception {
    Integer[] all = new Integer[20];
    Arrays.setAll(all, i -> i);
    try (BatchSource source = BatchSource.start(new FakeDataset(20, all), options(4, 0, 2, 2))) {
      DataException e = assertThrows(DataException.class, source::next);
      assertTrue(e.getMessage().contains("100 items drawn in its place"), e.getMessage());
    }
  }

  @Test
  void failureOfAWorkerReachesTheCallerAndStays() throws Exception {
    FakeDataset failing =
        new FakeDataset(20) {
          @Override
          public boolean read(int index, byte[] into) throws DataException {
            if (index == 5) {
              throw new DataException("five.png: is truncated");
            }
            return super.read(index, into);
          }
        };
    try (BatchSource source = BatchSource.start(failing, options(20, 0, 2, 2))) {
      for (int i = 0; i < 3; i++) {
        DataException e = assertThrows(DataException.class, source::next);
        assertEquals("five.png: is truncated", e.getMessage());
      }
    }
  }

  @Test
  void tooFewImagesForABatch() {
    DataException e =
        assertThrows(
            DataException.class, () -> BatchSource.start(new FakeDataset(5), options(6, 0, 1, 1)));
    assertEquals("fake: found 5 items, a batch wants 6", e.getMessage());
  }

  @Test
  void closeEndsTheThreads() throws Exception {
    BatchSource source = BatchSource.start(new FakeDataset(50), options(8, 0, 3, 4));
    source.next();
    source.close();
    source.close();
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(t -> t.getName().startsWith("uvit-data-") && t.isAlive()));
    assertThrows(IllegalStateException.class, source::next);
  }

  @Test
  void waitingIsMeasured() throws Exception {
    FakeDataset slow =
        new FakeDataset(4) {
          @Override
          public boolean read(int index, byte[] into) throws DataException {
            long until = System.nanoTime() + 5_000_000;
            while (System.nanoTime() < until) {
              Thread.onSpinWait();
            }
            return super.read(index, into);
          }
        };
    try (BatchSource source = BatchSource.start(slow, options(4, 0, 1, 1))) {
      source.next();
      assertTrue(source.lastWaitNanos() > 5_000_000);
      source.next();
      assertTrue(source.totalWaitNanos() > source.lastWaitNanos());
    }
  }

  @Test
  void optionsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new BatchOptions(0, 0, 0, false, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new BatchOptions(0, 1, -1, false, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new BatchOptions(0, 1, 0, false, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new BatchOptions(0, 1, 0, false, 1, 0));
  }
}
