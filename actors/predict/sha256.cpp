#include "actors/predict/sha256.hpp"

#include <cstdlib>
#include <new>

#include <openssl/evp.h>

namespace sluice {

struct sha256::context {
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  ~context() { EVP_MD_CTX_free(state); }
};

sha256::sha256() : context_(std::make_unique<context>()) {
  if (context_->state == nullptr || EVP_DigestInit_ex(context_->state, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}
sha256::~sha256() = default;

void sha256::add(std::string_view bytes) noexcept {
  if (EVP_DigestUpdate(context_->state, bytes.data(), bytes.size()) != 1)
    std::abort(); // SHA-256 of memory cannot fail: our own mistake
}

std::string sha256::text() {
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_->state, sum, &size) != 1) std::abort();
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += digits[sum[i] >> 4];
    out += digits[sum[i] & 15];
  }
  return out;
}

std::string sha256_of(std::string_view bytes) {
  sha256 hash;
  hash.add(bytes);
  return hash.text();
}

} // namespace sluice
