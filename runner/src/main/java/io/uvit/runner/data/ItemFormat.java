package io.uvit.runner.data;

import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.image.ImageShape;

/** What every item of a dataset is: a fixed number of bytes of one kind. */
public sealed interface ItemFormat {

  /** Bytes of an item. */
  int bytes();

  /** Images: unsigned bytes [H, W, C]. */
  record Pixels(ImageShape shape) implements ItemFormat {
    @Override
    public int bytes() {
      return shape.samples();
    }

    @Override
    public String toString() {
      return "images of " + shape;
    }
  }

  /** Moments of latents: little-endian float32 [h, w, c]. */
  record Moments(FeatureShape shape) implements ItemFormat {
    @Override
    public int bytes() {
      return shape.bytes();
    }

    @Override
    public String toString() {
      return "features of " + shape;
    }
  }
}
