package io.uvit.savedmodels.official;

/**
 * The parameter group of {@code torch.optim.AdamW}.
 *
 * @param rate the learning rate of the next step
 * @param beta1 rate of the first moments
 * @param beta2 rate of the second moments
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled weight decay
 */
public record AdamWGroup(
    double rate, double beta1, double beta2, double epsilon, double weightDecay) {}
