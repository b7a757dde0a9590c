#include "actors/window/set_hash.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include <openssl/evp.h>

namespace sluice {

// The digest is fetched once: OpenSSL 3 looks the algorithm up anew in its one-shot functions, which costs
// more than hashing.
struct set_hasher::context {
  EVP_MD* digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* state = EVP_MD_CTX_new();
  ~context() {
    EVP_MD_CTX_free(state);
    EVP_MD_free(digest);
  }
};

set_hasher::set_hasher() : context_(std::make_unique<context>()) {
  if (context_->digest == nullptr || context_->state == nullptr) throw std::bad_alloc();
}
set_hasher::~set_hasher() = default;
set_hasher::set_hasher(set_hasher&&) noexcept = default;

void set_hasher::add(std::uint64_t& high, std::uint64_t& low, std::string_view device,
                     std::uint64_t sequence) noexcept {
  char decimal[1 + 20] = {'\0'}; // byte 0, then the number
  const auto end = std::to_chars(decimal + 1, decimal + sizeof decimal, sequence).ptr;
  unsigned char sum[EVP_MAX_MD_SIZE];
  if (EVP_DigestInit_ex2(context_->state, context_->digest, nullptr) != 1 ||
      EVP_DigestUpdate(context_->state, device.data(), device.size()) != 1 ||
      EVP_DigestUpdate(context_->state, decimal, static_cast<std::size_t>(end - decimal)) != 1 ||
      EVP_DigestFinal_ex(context_->state, sum, nullptr) != 1)
    std::abort(); // SHA-256 of memory cannot fail: our own mistake
  std::uint64_t h = 0, l = 0;
  std::memcpy(&h, sum, 8);
  std::memcpy(&l, sum + 8, 8);
  h = __builtin_bswap64(h), l = __builtin_bswap64(l);
  low += l;
  high += h + (low < l ? 1 : 0);
}

std::string set_hash_text(std::uint64_t high, std::uint64_t low) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(32, '0');
  for (int i = 0; i < 16; ++i) {
    out[15 - i] = digits[high >> (4 * i) & 15];
    out[31 - i] = digits[low >> (4 * i) & 15];
  }
  return out;
}

} // namespace sluice
