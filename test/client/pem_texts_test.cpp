// TLS files are judged before a connection needs them.
#include "actors/client/pem_texts.hpp"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

std::string pem(const std::string& name) {
  std::ifstream in(std::string(SLUICE_SOURCE_DIR) + "/test/data/pem/" + name + ".pem");
  std::ostringstream out;
  out << in.rdbuf();
  REQUIRE(out.str().size() > 200);
  return out.str();
}

bool says(const std::optional<std::string>& trouble, const std::string& part) {
  CAPTURE(trouble.value_or("nothing"));
  return trouble && trouble->find(part) != std::string::npos;
}

} // namespace

TEST_CASE("certificates that can be read are good, alone and several in one file") {
  CHECK_FALSE(trouble_of_certificates(pem("certificate")));
  CHECK_FALSE(trouble_of_certificates("a comment\n" + pem("certificate") + pem("expired")));
}

TEST_CASE("no certificate and a damaged one are told apart") {
  CHECK(says(trouble_of_certificates(""), "holds no certificate"));
  CHECK(says(trouble_of_certificates("sources: {}\n"), "holds no certificate"));
  CHECK(says(trouble_of_certificates(pem("key")), "holds no certificate"));
  CHECK(says(trouble_of_certificates(pem("damaged")), "certificate 1 is damaged"));
  CHECK(says(trouble_of_certificates(pem("certificate") + pem("damaged")), "certificate 2 is damaged"));
}

TEST_CASE("a certificate that has ended is found among good ones") {
  CHECK_FALSE(has_expired(pem("certificate")));
  CHECK(has_expired(pem("certificate") + pem("expired")));
}

TEST_CASE("a key is good when it needs no password and fits the first certificate") {
  CHECK_FALSE(trouble_of_key(pem("key"), pem("certificate")));
  CHECK_FALSE(trouble_of_key(pem("key"), ""));
  CHECK(says(trouble_of_key(pem("other_key"), pem("certificate")), "does not belong to the certificate"));
  CHECK(says(trouble_of_key(pem("locked_key"), pem("certificate")), "needs a password"));
  CHECK(says(trouble_of_key(pem("certificate"), pem("certificate")), "holds no private key"));
  CHECK(says(trouble_of_key("", ""), "holds no private key"));
}
