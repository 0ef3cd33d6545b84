package io.stepward.keycloak;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.UUID;

/** Random values. Tests bring their own. */
class Ids {
  private final SecureRandom random = new SecureRandom();

  /** Of an action instance, a UUIDv7: random, so that a login begun anew never meets the answer of an old one. */
  String key() {
    ByteBuffer bytes = ByteBuffer.wrap(bytes(16));
    long high = (System.currentTimeMillis() << 16) | 0x7000L | (bytes.getLong() & 0xfffL);
    return new UUID(high, (bytes.getLong() & 0x3fffffffffffffffL) | 0x8000000000000000L).toString();
  }

  /** 128 bits, for one consume and its repetition. */
  String consumeKey() {
    return text(16);
  }

  /** 256 bits, of a browser. */
  String device() {
    return text(32);
  }

  private String text(int length) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(length));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
