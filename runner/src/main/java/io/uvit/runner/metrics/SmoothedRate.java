package io.uvit.runner.metrics;

/**
 * A rate that forgets: exponentially weighted amounts over exponentially weighted time.
 *
 * <p>After the first interval it is that interval's rate; later, intervals older than the time
 * constant fade out. Weighting both sums keeps it unbiased from the start.
 */
final class SmoothedRate {
  private final double timeConstant;
  private double amount;
  private double seconds;

  /**
   * Creates a rate without observations.
   *
   * @param timeConstant seconds after which an interval weighs 1/e
   */
  SmoothedRate(double timeConstant) {
    this.timeConstant = timeConstant;
  }

  /** Adds that {@code moreAmount} was done in {@code moreSeconds}; an empty interval is ignored. */
  void add(double moreAmount, double moreSeconds) {
    if (moreSeconds <= 0) {
      return;
    }
    double fade = Math.exp(-moreSeconds / timeConstant);
    amount = amount * fade + moreAmount;
    seconds = seconds * fade + moreSeconds;
  }

  /** Amount per second; 0 before the first observation. */
  double perSecond() {
    return seconds > 0 ? amount / seconds : 0;
  }
}
