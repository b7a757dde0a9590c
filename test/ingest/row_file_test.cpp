#include "actors/ingest/file/row_file.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

struct file {
  std::string path;
  explicit file(const std::string& text) {
    path = (std::filesystem::temp_directory_path() / ("sluice-rows-" + std::to_string(::getpid()) + ".csv"))
               .string();
    std::ofstream(path, std::ios::binary) << text;
  }
  ~file() { std::filesystem::remove(path); }
};

std::vector<std::string> all(row_file& f) {
  std::vector<std::string> out;
  row_file::row row;
  for (;;) {
    const auto got = f.next(row);
    if (!got) {
      out.push_back("! " + got.error().text.substr(got.error().text.rfind('/') + 1));
      continue;
    }
    if (!*got) return out;
    out.push_back(row.dump());
  }
}

} // namespace

TEST_CASE("CSV rows are objects with numbers where JSON has them and nothing where the field is empty") {
  const file f("\xef\xbb\xbfid,\"value\",note\r\na,1.50,\"say "
               "\"\"hi\"\"\r\nthere\"\r\nb,,007\r\n\r\nc,12345678901234567,-3e2\n");
  auto rows = row_file::open(f.path, ',');
  REQUIRE(rows);
  CHECK(rows->columns() == std::vector<std::string>{"id", "value", "note"});
  const std::vector<std::string> want{R"({"id":"a","value":1.5,"note":"say \"hi\"\r\nthere"})",
                                      R"({"id":"b","note":"007"})",
                                      R"({"id":"c","value":12345678901234567,"note":-300.0})"};
  CHECK(all(*rows) == want);
  rows->rewind();
  CHECK(all(*rows) == want);
}

TEST_CASE("where the first row has one field more than the header, rows begin with a row number") {
  const file f("\"date\",\"t\"\n\"1\",\"2015-02-04\",23.18\n\"2015-02-05\",1\n");
  auto rows = row_file::open(f.path, ',');
  REQUIRE(rows);
  const auto got = all(*rows);
  REQUIRE(got.size() == 2);
  CHECK(got[0] == R"({"date":"2015-02-04","t":23.18})");
  CHECK(got[1].find(":3: another number of fields than the rows before have (got 2, want 3)") !=
        std::string::npos);
}

TEST_CASE("a row with a field too many among others is wrong, not numbered") {
  const file f("a,b\n1,2\n1,5,2\n3,4\n"); // a decimal comma
  auto rows = row_file::open(f.path, ',');
  REQUIRE(rows);
  const auto got = all(*rows);
  REQUIRE(got.size() == 3);
  CHECK(got[0] == R"({"a":1,"b":2})");
  CHECK(got[1].find(":3: another number of fields than the header has (got 3, want 2)") != std::string::npos);
  CHECK(got[2] == R"({"a":3,"b":4})");
}

TEST_CASE("a bad row says its line, and the rows behind it can be read") {
  const file f("a;b\n1;2\n\"x\ny\";2;3;4\n5;6\n\"open;7\n");
  auto rows = row_file::open(f.path, ';');
  REQUIRE(rows);
  const auto got = all(*rows);
  REQUIRE(got.size() >= 4);
  CHECK(got[0] == R"({"a":1,"b":2})");
  CHECK(got[1].find(":3: another number of fields than the header has (got 4, want 2)") != std::string::npos);
  CHECK(got[2] == R"({"a":5,"b":6})");
  CHECK(got[3].find(":6: ") != std::string::npos);
}

TEST_CASE("JSON lines are told by their first byte") {
  const file f("\n{\"a\":1}\n\n{\"a\":[1]}\r\nnonsense\n{\"b\":2}");
  auto rows = row_file::open(f.path, ',');
  REQUIRE(rows);
  CHECK(rows->columns().empty());
  const auto got = all(*rows);
  REQUIRE(got.size() == 4);
  CHECK(got[0] == R"({"a":1})");
  CHECK(got[1] == R"({"a":[1]})");
  CHECK(got[2].find(":5: is no JSON object") != std::string::npos);
  CHECK(got[3] == R"({"b":2})");
}

TEST_CASE("a file without rows, a header with a doubled or an empty name, and no file are refused") {
  CHECK(!row_file::open("/nonexistent/rows.csv", ','));
  {
    const file f("");
    CHECK(!row_file::open(f.path, ','));
  }
  {
    const file f("a,a\n1,2\n");
    const auto rows = row_file::open(f.path, ',');
    REQUIRE(!rows);
    CHECK(rows.error().text.find("two columns have one name") != std::string::npos);
  }
  {
    const file f("a,\n1,2\n");
    CHECK(!row_file::open(f.path, ','));
  }
}
