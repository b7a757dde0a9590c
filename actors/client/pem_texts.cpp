#include "actors/client/pem_texts.hpp"

#include <memory>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace sluice {

namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

bio_ptr open(std::string_view text) {
  ERR_clear_error();
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

// Nobody is there to type one.
int no_password(char*, int, int, void*) {
  return -1;
}

// Up to the first that cannot be read; `to_the_end`: there is nothing behind it.
std::vector<certificate_ptr> read_all(std::string_view pem, bool& to_the_end) {
  const auto from = open(pem);
  std::vector<certificate_ptr> all;
  while (auto* one = PEM_read_bio_X509_AUX(from.get(), nullptr, no_password, nullptr))
    all.emplace_back(one, X509_free);
  to_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  return all;
}

} // namespace

std::optional<std::string> trouble_of_certificates(std::string_view pem) {
  bool to_the_end = false;
  const auto all = read_all(pem, to_the_end);
  ERR_clear_error();
  if (!to_the_end) return "certificate " + std::to_string(all.size() + 1) + " is damaged";
  if (all.empty()) return "it holds no certificate";
  return std::nullopt;
}

bool has_expired(std::string_view pem) {
  bool to_the_end = false;
  for (const auto& one : read_all(pem, to_the_end))
    if (X509_cmp_current_time(X509_get0_notAfter(one.get())) < 0) return true;
  ERR_clear_error();
  return false;
}

std::optional<std::string> trouble_of_key(std::string_view pem, std::string_view certificates) {
  const auto from = open(pem);
  const key_ptr key{PEM_read_bio_PrivateKey(from.get(), nullptr, no_password, nullptr), EVP_PKEY_free};
  if (!key) {
    ERR_clear_error();
    return pem.find("ENCRYPTED") != pem.npos ? "it needs a password" : "it holds no private key";
  }
  bool to_the_end = false;
  const auto all = read_all(certificates, to_the_end);
  const bool fits = all.empty() || X509_check_private_key(all.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return "it does not belong to the certificate";
  return std::nullopt;
}

} // namespace sluice
