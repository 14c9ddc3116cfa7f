package io.uvit.runner.image;

/**
 * Resampling filters with Pillow's definitions ({@code Image.resize(resample=...)}).
 *
 * <p>Distances are in pixels of the coarser of the two grids; {@link #support} is the distance
 * beyond which a filter is zero.
 */
public enum Resampling {
  /** Mean of the covered pixels. */
  BOX(0.5) {
    @Override
    double weight(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  /** Triangle. */
  BILINEAR(1) {
    @Override
    double weight(double x) {
      double distance = Math.abs(x);
      return distance < 1 ? 1 - distance : 0;
    }
  },
  /** Keys' cubic with a = -1/2. */
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 1) {
        return ((KEYS_A + 2) * d - (KEYS_A + 3)) * d * d + 1;
      }
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * KEYS_A : 0;
    }
  },
  /** Windowed sinc with three lobes. */
  LANCZOS(3) {
    @Override
    double weight(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  private static final double KEYS_A = -0.5;

  private final double support;

  Resampling(double support) {
    this.support = support;
  }

  /** Half the width of the filter. */
  double support() {
    return support;
  }

  /** Weight of a sample at distance {@code x} from the centre, before normalisation. */
  abstract double weight(double x);

  private static double sinc(double x) {
    double phase = Math.PI * x;
    return phase == 0 ? 1 : Math.sin(phase) / phase;
  }
}
