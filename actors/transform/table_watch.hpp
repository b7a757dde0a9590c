// Decides when the content of a look-up file takes the place of the one in force: it must have come to rest,
// be good for every step that reads it, and keep the types of its columns. Files and time are the actor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/store/rest_watch.hpp"
#include "actors/transform/lookup_table.hpp"
#include "messages/errors.hpp"

namespace sluice {

// What stat(2) says of a file; any difference means that it may have changed.
struct file_look {
  std::uint64_t inode = 0;
  std::int64_t bytes = 0, modified_ns = 0;
  bool operator==(const file_look&) const = default;
};

class table_watch {
public:
  // `specs`: every way of reading the file, all of one path. `in_force`: the content in force at the start.
  // Errors: that content is not good for a spec.
  static outcome<table_watch> make(std::vector<table_spec> specs, std::string_view in_force);

  const std::string& path() const noexcept { return specs_.front().path; }
  // A look at the file; nullopt: it is not there. True iff it should be read now: it changed, and has been
  // the same for two looks.
  bool should_read(const std::optional<file_look>& now);
  // The content that was read. True iff it is another one and good: keep it, then call adopt(). When it is
  // bad trouble() says why.
  bool is_news(std::string_view content);
  // The news are in force.
  void adopt() noexcept { tables_ = std::move(news_), hash_ = news_hash_; }
  // Reading or keeping failed: tried again at the next look.
  void failed(std::string why) { file_.failed(std::move(why)); }
  // Why the file's content is not in force; "" = it is.
  const std::string& trouble() const noexcept { return file_.trouble(); }
  std::uint64_t in_force() const noexcept { return hash_; }

private:
  using tables = std::vector<std::shared_ptr<const lookup_table>>; // one per spec
  static outcome<tables> parse(const std::vector<table_spec>& specs, std::string_view content);

  std::vector<table_spec> specs_;
  tables tables_, news_;
  std::uint64_t hash_ = 0, news_hash_ = 0;
  rest_watch<file_look> file_;
};

} // namespace sluice
