package io.uvit.runner.sample;

import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.image.ByteImage;

/**
 * Classifies pictures by the training image nearest in pixel space (1-NN, squared distance of grey
 * levels): a measure of whether conditional samples are of their class that needs no other network.
 */
public final class NearestNeighbour {
  private final byte[][] images;
  private final int[] labels;

  /** Holds all images of a labelled dataset. */
  public NearestNeighbour(Dataset dataset) throws DataException {
    if (dataset.numClasses() == 0) {
      throw new DataException("nearest neighbour: found a dataset without labels, wanted labels");
    }
    images = new byte[dataset.size()][];
    labels = new int[dataset.size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = new byte[dataset.shape().samples()];
      if (!dataset.read(i, images[i])) {
        throw new DataException("nearest neighbour: unreadable image " + dataset.describe(i));
      }
      labels[i] = dataset.label(i);
    }
  }

  /** The class of the nearest training image. */
  public int classify(ByteImage image) {
    byte[] query = image.samples();
    long best = Long.MAX_VALUE;
    int label = -1;
    for (int i = 0; i < images.length; i++) {
      long distance = distance(query, images[i], best);
      if (distance < best) {
        best = distance;
        label = labels[i];
      }
    }
    return label;
  }

  /** Sum of squared differences; gives up beyond {@code limit}. */
  private static long distance(byte[] a, byte[] b, long limit) {
    long sum = 0;
    for (int i = 0; i < a.length && sum < limit; i++) {
      int d = (a[i] & 0xff) - (b[i] & 0xff);
      sum += (long) d * d;
    }
    return sum;
  }
}
