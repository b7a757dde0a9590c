// Files as they are written, renamed, replaced and cut, and what is read of them; over restarts too.
#include "actors/ingest/file/file_source.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "test/store/store_fixture.hpp"

using namespace sluice;
namespace fs = std::filesystem;

namespace {

// A folder, and a source that reads it. restart() drops everything but the positions that the journal would
// hold.
struct reading {
  explicit reading(bool follow = true, std::string pattern = "*.csv") {
    options.paths = {*path_pattern::parse(dir.path() + "/" + pattern)};
    options.follow = follow;
    restart();
  }

  void restart() { source = std::make_unique<file_source>(options, known); }
  std::string at(const std::string& name) const { return dir.path() + "/" + name; }
  void write(const std::string& name, std::string_view text, bool append = false) const {
    std::ofstream out(at(name), std::ios::binary | (append ? std::ios::app : std::ios::trunc));
    out << text;
  }
  void append(const std::string& name, std::string_view text) const { write(name, text, true); }
  void rename(const std::string& from, const std::string& to) const { fs::rename(at(from), at(to)); }

  // Everything that can be read after a look: "name:text", with "!" behind a name for a header and "..."
  // behind what was cut off. The reader's rule leaves out what came before.
  std::vector<std::string> read(std::size_t most = ~0u) {
    source->look();
    std::vector<std::string> all;
    while (all.size() < most) {
      const auto records = source->read();
      if (records.empty()) break;
      for (const auto& m : records) {
        const std::string path(m.topic);
        file_position position;
        position.identity = *file_identity::parse(m.user_properties[0].second);
        position.offset = std::stoull(std::string(m.user_properties[1].second));
        const auto before = known.by_path.find(path);
        if (before != known.by_path.end() && before->second.identity.same_file(position.identity) &&
            position.offset <= before->second.offset) {
          ++duplicates;
          continue;
        }
        known.take(path, position);
        all.push_back(fs::path(path).filename().string() + (m.user_properties.size() == 3 ? "!:" : ":") +
                      std::string(m.payload) + (m.truncated ? "..." : ""));
      }
    }
    return all;
  }

  test::temp_dir dir;
  file_source_options options;
  file_positions known;
  std::unique_ptr<file_source> source;
  int duplicates = 0;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("files are read in the order of their names, and then what is appended") {
  reading r;
  r.write("b.csv", "3\n4\n");
  r.write("a.csv", "1\n2\n");
  CHECK(r.read() == lines{"a.csv:1", "a.csv:2", "b.csv:3", "b.csv:4"});
  CHECK(r.read().empty());
  r.append("a.csv", "5\n");
  r.write("c.csv", "6\n");
  CHECK(r.read() == lines{"a.csv:5", "c.csv:6"});
  CHECK(r.source->files() == 3);
  CHECK(r.source->records() == 6);
  CHECK(!r.source->complete());
}

TEST_CASE("a half-written last line waits for its rest") {
  reading r;
  r.write("a.csv", "1\n2");
  CHECK(r.read() == lines{"a.csv:1"});
  r.append("a.csv", "34");
  CHECK(r.read().empty());
  r.append("a.csv", "5\n");
  CHECK(r.read() == lines{"a.csv:2345"});
}

TEST_CASE("a finite source takes a last line without a line break, and is complete at the end") {
  reading r(false);
  r.write("a.csv", "1\n2");
  r.write("b.csv", "");
  CHECK(!r.source->complete());
  CHECK(r.read() == lines{"a.csv:1", "a.csv:2"});
  CHECK(r.source->complete());
  r.restart();
  CHECK(r.read().empty());
  CHECK(r.source->complete());
  r.write("c.csv", "3\n");
  r.restart();
  CHECK(r.read() == lines{"c.csv:3"});
  CHECK(r.duplicates == 0);
}

TEST_CASE("after a restart reading goes on behind the last record in the journal") {
  reading r;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i) + "\n";
  r.write("a.csv", text);
  lines all;
  for (int n = 0; n < 100 && all.size() < 5000; ++n) {
    const auto more = r.read(300); // killed after about 300 records
    all.insert(all.end(), more.begin(), more.end());
    r.restart();
  }
  REQUIRE(all.size() == 5000);
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == "a.csv:line " + std::to_string(i));
  CHECK(r.duplicates == 0);
}

TEST_CASE("a path that names another file begins at its start") {
  reading r;
  r.write("a.csv", "old 1\nold 2\n");
  CHECK(r.read() == lines{"a.csv:old 1", "a.csv:old 2"});
  SUBCASE("replaced by a rename") {
    r.write("new", "new 1\nnew 2\nnew 3\n");
    r.rename("new", "a.csv");
    CHECK(r.read() == lines{"a.csv:new 1", "a.csv:new 2", "a.csv:new 3"});
  }
  SUBCASE("truncated and written anew, shorter") {
    r.write("a.csv", "n 1\n");
    CHECK(r.read() == lines{"a.csv:n 1"});
  }
  SUBCASE("truncated and written anew, longer") {
    r.write("a.csv", "new 1\nnew 2\nnew 3\n");
    CHECK(r.read() == lines{"a.csv:new 1", "a.csv:new 2", "a.csv:new 3"});
  }
  SUBCASE("truncated to nothing, and then the same bytes again") {
    r.write("a.csv", "");
    CHECK(r.read().empty());
    r.write("a.csv", "old 1\nold 2\n");
    CHECK(r.read() == lines{"a.csv:old 1", "a.csv:old 2"});
  }
  SUBCASE("replaced while nobody looked") {
    r.write("new", "new 1\nnew 2\nnew 3\n");
    r.rename("new", "a.csv");
    r.restart();
    CHECK(r.read() == lines{"a.csv:new 1", "a.csv:new 2", "a.csv:new 3"});
  }
  CHECK(r.duplicates == 0);
}

TEST_CASE("a file that grows from less than a kilobyte to more stays the same") {
  reading r;
  r.write("a.csv", "1\n");
  CHECK(r.read().size() == 1);
  for (int i = 0; i < 30; ++i) {
    r.append("a.csv", std::string(99, 'x') + "\n");
    if (i % 7 == 0) r.restart();
    CHECK(r.read().size() == 1);
  }
  CHECK(r.duplicates == 0);
}

TEST_CASE("what a file still got before its path named another one is read first") {
  reading r;
  r.write("a.csv", "1\n");
  CHECK(r.read() == lines{"a.csv:1"});
  r.append("a.csv", "2\n3");
  r.rename("a.csv", "a.old"); // no path of the pattern
  r.write("a.csv", "4\n");
  CHECK(r.read() == lines{"a.csv:2", "a.csv:3", "a.csv:4"});
}

TEST_CASE("a file that is removed is read to its end") {
  reading r;
  r.write("a.csv", "1\n");
  CHECK(r.read() == lines{"a.csv:1"});
  r.append("a.csv", "2\n");
  fs::remove(r.at("a.csv"));
  CHECK(r.read() == lines{"a.csv:2"});
  CHECK(r.read().empty());
  CHECK(r.source->files() == 0);
}

TEST_CASE("a file that was renamed to another path of the pattern is read on, not again") {
  reading r(true, "log*");
  const auto rotate = [&](const std::string& text) {
    for (int i = 3; i > 0; --i)
      if (fs::exists(r.at("log." + std::to_string(i))))
        r.rename("log." + std::to_string(i), "log." + std::to_string(i + 1));
    r.rename("log", "log.1");
    r.write("log", text);
  };
  bool restarts = false;
  SUBCASE("watched") {}
  SUBCASE("over restarts") {
    restarts = true;
  }
  const auto look = [&] {
    if (restarts) r.restart();
    return r.read();
  };
  r.write("log", "1\n");
  CHECK(look() == lines{"log:1"});
  r.append("log", "2\n");
  rotate("3\n");
  CHECK(look() == lines{"log.1:2", "log:3"}); // the older first
  r.append("log", "4\n");
  rotate("5\n");
  CHECK(look() == lines{"log.1:4", "log:5"});
  r.append("log.2", "6\n"); // somebody has it open still
  CHECK(look() == lines{"log.2:6"});
  CHECK(look().empty());
  CHECK(r.duplicates == 0);
}

TEST_CASE("the record that names the columns is marked, once for each path") {
  reading r(true, "t*");
  r.options.format = file_source_options::record_format::csv;
  r.options.header = true;
  r.options.skip = 1;
  r.options.comment = "#";
  r.restart();
  r.write("t", "\xEF\xBB\xBF"
               "a title\n#comment\ntime,\"value\nunit\"\n1,2\n");
  CHECK(r.read() == lines{"t!:time,\"value\nunit\"", "t:1,2"});
  CHECK(r.source->skipped() == 2);
  r.restart();
  r.append("t", "\n3,4\n");
  CHECK(r.read() == lines{"t:3,4"});
  CHECK(r.source->skipped() == 1);
  r.append("t", "5,6\n");
  r.rename("t", "t.1");
  CHECK(r.read() == lines{"t.1!:time,\"value\nunit\"", "t.1:5,6"});
  r.restart();
  r.append("t.1", "7,8\n");
  CHECK(r.read() == lines{"t.1:7,8"});
  r.write("t", "title\nother,header\n9,9\n");
  CHECK(r.read() == lines{"t!:other,header", "t:9,9"});
  CHECK(r.duplicates == 0);
}

TEST_CASE("a byte order mark and carriage returns are no part of a record, and Latin-1 comes as UTF-8") {
  reading r;
  r.options.encoding = text_encoding::automatic;
  r.restart();
  r.write("a.csv", "\xEF\xBB\xBF"
                   "caf\xC3\xA9\r\ncaf\xE9\r\n");
  CHECK(r.read() == lines{"a.csv:caf\xC3\xA9", "a.csv:caf\xC3\xA9"});
  CHECK(r.known.by_path.at(r.at("a.csv")).offset == 10);
}

TEST_CASE("a record that is too long is handed over cut off, and the next one is whole") {
  reading r;
  r.options.max_message = 1000;
  r.restart();
  r.write("a.csv", "1\n" + std::string(1'000'000, 'x') + "\n2\n" + std::string(1001, 'y') + "\n3\n");
  CHECK(r.read() == lines{"a.csv:1", "a.csv:" + std::string(1000, 'x') + "...", "a.csv:2",
                          "a.csv:" + std::string(1000, 'y') + "...", "a.csv:3"});
  r.restart();
  r.append("a.csv", std::string(500'000, 'z'));
  CHECK(r.read() == lines{"a.csv:" + std::string(1000, 'z') + "..."});
  r.append("a.csv", std::string(500'000, 'z'));
  CHECK(r.read().empty());
  r.restart();
  r.append("a.csv", "z\n4\n");
  CHECK(r.read() == lines{"a.csv:4"});
  CHECK(r.duplicates == 0);
}

TEST_CASE("a file that cannot be read is a problem until it can, and the others are read") {
  reading r(false);
  r.write("a.csv", "1\n");
  r.write("b.csv", "2\n");
  SUBCASE("of another encoding") {
    r.write("a.csv", std::string_view("\xFF\xFE"
                                      "1\0",
                                      4));
    CHECK(r.read() == lines{"b.csv:2"});
    CHECK(r.source->problems() == lines{r.at("a.csv") + ": is UTF-16 or UTF-32 (want UTF-8 or Latin-1)"});
  }
  SUBCASE("absent") {
    r.options.paths.push_back(*path_pattern::parse(r.at("c")));
    r.restart();
    CHECK(r.read() == lines{"a.csv:1", "b.csv:2"});
    CHECK(r.source->problems() == lines{r.at("c") + ": No such file or directory"});
    CHECK(!r.source->complete());
    r.write("c", "3\n");
    CHECK(r.read() == lines{"c:3"});
    CHECK(r.source->complete());
    return;
  }
  CHECK(!r.source->complete());
  r.write("a.csv", "1\n");
  CHECK(r.read() == lines{"a.csv:1"});
  CHECK(r.source->complete());
}
