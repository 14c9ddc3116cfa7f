package io.uvit.tests.golden;

/** Moves images between PyTorch's NCHW and our NHWC. */
public final class Layout {
  private Layout() {}

  /** [B, C, H, W] to [B, H, W, C]. */
  public static float[] toNhwc(float[] nchw, int b, int c, int h, int w) {
    float[] out = new float[nchw.length];
    int i = 0;
    for (int n = 0; n < b; n++) {
      for (int k = 0; k < c; k++) {
        for (int y = 0; y < h; y++) {
          for (int x = 0; x < w; x++) {
            out[((n * h + y) * w + x) * c + k] = nchw[i++];
          }
        }
      }
    }
    return out;
  }

  /** [B, H, W, C] to [B, C, H, W]. */
  public static float[] toNchw(float[] nhwc, int b, int c, int h, int w) {
    float[] out = new float[nhwc.length];
    int i = 0;
    for (int n = 0; n < b; n++) {
      for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
          for (int k = 0; k < c; k++) {
            out[((n * c + k) * h + y) * w + x] = nhwc[i++];
          }
        }
      }
    }
    return out;
  }
}
