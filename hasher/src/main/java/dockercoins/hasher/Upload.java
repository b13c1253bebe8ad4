package dockercoins.hasher;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadPoolExecutor;
import org.eclipse.jetty.io.Content;

/**
 * Hashes a body while it arrives. When there are more uploads than threads, they take turns, chunk
 * by chunk, so that a large body does not delay a small one. A chunk is at most as long as the read
 * buffer of a connection. An upload that waits for bytes holds no thread and no buffer.
 */
final class Upload implements Runnable {

  private final Content.Source body;
  private final ThreadPoolExecutor hashers;
  private final MessageDigest sha256;
  private final CompletableFuture<String> hash = new CompletableFuture<>();
  private long length;
  private boolean waited;

  Upload(Content.Source body, ThreadPoolExecutor hashers) throws NoSuchAlgorithmException {
    this.body = body;
    this.hashers = hashers;
    sha256 = MessageDigest.getInstance("SHA-256");
  }

  /** Starts to hash, and gives the lower-case hexadecimal hash at the end of the body. */
  CompletableFuture<String> hash() {
    queue();
    return hash;
  }

  private void queue() {
    hashers.execute(this);
  }

  @Override
  public void run() {
    try {
      while (hashChunk()) {
        if (!hashers.getQueue().isEmpty()) {
          queue();
          return;
        }
      }
    } catch (RuntimeException e) {
      hash.completeExceptionally(e);
    }
  }

  /** Returns whether the next chunk can be hashed now. */
  private boolean hashChunk() {
    Content.Chunk chunk = body.read();
    if (chunk == null) {
      waited = true;
      body.demand(this::queue);
      return false;
    }
    if (Content.Chunk.isFailure(chunk)) {
      hash.completeExceptionally(chunk.getFailure());
      return false;
    }
    length += chunk.remaining();
    sha256.update(chunk.getByteBuffer());
    chunk.release();
    if (chunk.isLast()) {
      hash.complete(HexFormat.of().formatHex(sha256.digest()));
    }
    return !chunk.isLast();
  }

  /** The number of bytes hashed. */
  long length() {
    return length;
  }

  /** Whether the body, or a part of it, arrived after the delay. */
  boolean hasWaited() {
    return waited;
  }
}
