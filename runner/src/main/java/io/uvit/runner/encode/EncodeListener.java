package io.uvit.runner.encode;

/** Hears how far the making of a store is. Called by the thread that makes it. */
public interface EncodeListener {

  /**
   * The job begins.
   *
   * @param shardsToDo shards this process is going to make
   * @param itemsToDo their items
   * @param shardsThere shards of the whole store that are there already
   */
  void started(int shardsToDo, long itemsToDo, int shardsThere);

  /** {@code items} items of this process are encoded so far. */
  void encoded(long items);

  /**
   * A shard is there for good.
   *
   * @param ours false if another process was there first with it
   */
  void shardDone(int shard, boolean ours);
}
