package io.uvit.graph.sampler;

/**
 * When a network is evaluated.
 *
 * @param index number of the evaluation, from 0; also the row of the tableau
 * @param time continuous time in [0, 1]
 * @param networkTime what the network is fed as time
 * @param alpha signal coefficient at that time
 * @param sigma noise coefficient at that time
 */
public record Evaluation(int index, double time, double networkTime, double alpha, double sigma) {}
