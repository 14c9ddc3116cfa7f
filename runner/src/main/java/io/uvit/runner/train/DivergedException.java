package io.uvit.runner.train;

/** Too many updates had to be skipped because the loss or the gradient was not finite. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says where, and what can be used. */
  public DivergedException(String message) {
    super(message);
  }
}
