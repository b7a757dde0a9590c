#include "actors/publish/file/line_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <csignal>
#include <sys/resource.h>

#include <doctest/doctest.h>

using namespace sluice;

namespace {

struct temp_dir {
  std::filesystem::path path;
  temp_dir() {
    auto name = (std::filesystem::temp_directory_path() / "sluice-lines-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~temp_dir() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<outbox_record> lines(std::initializer_list<const char*> texts) {
  std::vector<outbox_record> records;
  for (auto text : texts) records.push_back({records.size() + 1, "p", "", 0, text});
  return records;
}

line_file opened(const std::string& path, const std::string& mark, std::int64_t now = 0) {
  auto file = line_file::open(path, mark, now);
  REQUIRE_MESSAGE(file, (file ? "" : file.error().text));
  return std::move(*file);
}

constexpr std::int64_t day = 86'400'000;

} // namespace

TEST_CASE("records become lines, and the mark is their length") {
  temp_dir dir;
  auto file = opened(dir / "deep/er/out.jsonl", "");
  CHECK(file.mark().empty());
  CHECK(*file.aim(0));
  CHECK(content(dir / "deep/er/out.jsonl").empty());
  CHECK_FALSE(*file.aim(day));
  REQUIRE(file.append(lines({"{\"a\":1}", "{\"b\":2}"})));
  CHECK(content(dir / "deep/er/out.jsonl") == "{\"a\":1}\n{\"b\":2}\n");
  CHECK(file.length() == 16);
}

TEST_CASE("the tail beyond the mark is cut off at start, so no line comes twice and none is half") {
  temp_dir dir;
  auto path = dir / "out.jsonl";
  std::string mark;
  {
    auto file = opened(path, "");
    REQUIRE(file.aim(0));
    REQUIRE(file.append(lines({"one"})));
    mark = file.mark();
    REQUIRE(file.append(lines({"two", "three"}))); // the mark was not stored
  }
  write(path, content(path) + "ha");
  auto file = opened(path, mark);
  CHECK(content(path) == "one\n");
  CHECK_FALSE(*file.aim(0));
  REQUIRE(file.append(lines({"two"})));
  CHECK(content(path) == "one\ntwo\n");
}

TEST_CASE("a file shorter than its mark is an error and is never padded") {
  temp_dir dir;
  auto path = dir / "out.jsonl";
  write(path, "one\n");
  auto file = line_file::open(path, R"({"path":")" + path + R"(","length":5})", 0);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ec::corrupt);
  CHECK(file.error().text == path + ": file shorter than its mark (got 4 bytes, want at least 5)");
  CHECK(content(path) == "one\n");
  std::filesystem::remove(path);
  file = line_file::open(path, R"({"path":")" + path + R"(","length":4})", 0);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ec::corrupt);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(line_file::open(path, "rubbish", 0).error().code == ec::corrupt);
}

TEST_CASE("the path rotates by the time of writing, in UTC") {
  CHECK(*path_at("out.jsonl", 0) == "out.jsonl");
  CHECK(*path_at("d/%Y-%m-%dT%H.jsonl", 1423018860000) == "d/2015-02-04T03.jsonl");
  CHECK(path_at("", 0).error().code == ec::invalid);
  CHECK(path_at("dir/", 0).error().code == ec::invalid);

  temp_dir dir;
  auto path = dir / "%Y-%m-%d.jsonl";
  auto file = opened(path, "", 0);
  CHECK(*file.aim(0));
  REQUIRE(file.append(lines({"one"})));
  CHECK(*file.aim(day));
  CHECK(file.length() == 0);
  REQUIRE(file.append(lines({"two"})));
  CHECK(content(dir / "1970-01-01.jsonl") == "one\n");
  CHECK(content(dir / "1970-01-02.jsonl") == "two\n");
}

TEST_CASE("a crash around the rotation doubles nothing in the old file nor in the new one") {
  temp_dir dir;
  auto path = dir / "%d.jsonl";
  std::string old_mark, new_mark;
  {
    auto file = opened(path, "", 0);
    REQUIRE(file.aim(0));
    REQUIRE(file.append(lines({"one"})));
    old_mark = file.mark();
    REQUIRE(file.append(lines({"lost"}))); // its mark is never stored
  }
  {
    auto file = opened(path, old_mark, day); // the old file ends where the mark says
    CHECK(content(dir / "01.jsonl") == "one\n");
    REQUIRE(file.aim(day));
    new_mark = file.mark(); // stored before the first line
    REQUIRE(file.append(lines({"two"})));
  }
  auto file = opened(path, new_mark, day);
  CHECK(content(dir / "02.jsonl").empty());
  CHECK(content(dir / "01.jsonl") == "one\n");
}

TEST_CASE("what stood in the file before us is kept and its half line is ended") {
  temp_dir dir;
  auto path = dir / "out.jsonl";
  write(path, "theirs");
  std::string mark;
  {
    auto file = opened(path, "");
    CHECK(*file.aim(0));
    mark = file.mark();
    REQUIRE(file.append(lines({"ours"})));
    CHECK(content(path) == "theirs\nours\n");
  }
  auto file = opened(path, mark);
  CHECK(content(path) == "theirs");
  REQUIRE(file.append(lines({"ours", "more"})));
  CHECK(content(path) == "theirs\nours\nmore\n");
}

TEST_CASE("a finished file that somebody archived is no error") {
  temp_dir dir;
  auto mark = R"({"path":")" + (dir / "01.jsonl") + R"(","length":100})";
  auto file = opened(dir / "%d.jsonl", mark, day);
  CHECK(*file.aim(day));
  CHECK(file.path() == (dir / "02.jsonl"));
}

TEST_CASE("a full disk is an error that passes, without loss or doubled lines") {
  temp_dir dir;
  auto path = dir / "out.jsonl";
  auto file = opened(path, "");
  REQUIRE(file.aim(0));
  REQUIRE(file.append(lines({"one"})));
  auto mark = file.mark();
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{10, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  auto result = file.append(lines({"two", "a longer line"}));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ec::connection_lost);
  CHECK(content(path) == "one\n");
  { auto gone = std::move(file); }
  auto again = opened(path, mark);
  REQUIRE(again.append(lines({"two", "a longer line"})));
  CHECK(content(path) == "one\ntwo\na longer line\n");
}

TEST_CASE("two writers never share a file") {
  temp_dir dir;
  auto path = dir / "out.jsonl";
  auto first = opened(path, "");
  REQUIRE(first.aim(0));
  auto second = opened(path, "");
  CHECK_FALSE(second.aim(0));
}
