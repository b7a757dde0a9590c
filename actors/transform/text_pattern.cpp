#include "actors/transform/text_pattern.hpp"

#include <re2/re2.h>

namespace sluice {

namespace {

// Bytes of the character that begins at text[0].
std::size_t character(std::string_view text) noexcept {
  std::size_t n = 1;
  while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xc0) == 0x80) ++n;
  return n;
}

// One element of a pattern: its bytes, and the byte it stands for.
struct element {
  std::size_t bytes;
  char literal;
  bool any, one;
};
element first_of(std::string_view pattern) noexcept {
  const char c = pattern[0];
  if (c == '\\' && pattern.size() > 1) return {2, pattern[1], false, false};
  return {1, c, c == '%', c == '_'};
}

} // namespace

bool matches_like(std::string_view text, std::string_view pattern) noexcept {
  // Behind the last %, and the text where it stopped: the only place to come
  // back to.
  std::string_view pattern_after, text_at;
  bool back = false;
  for (;;) {
    if (!pattern.empty()) {
      const auto e = first_of(pattern);
      if (e.any) {
        pattern.remove_prefix(1);
        if (pattern.empty()) return true;
        pattern_after = pattern, text_at = text, back = true;
        continue;
      }
      if (!text.empty() && (e.one || e.literal == text[0])) {
        pattern.remove_prefix(e.bytes);
        text.remove_prefix(e.one ? character(text) : 1);
        continue;
      }
    } else if (text.empty()) {
      return true;
    }
    if (!back || text_at.empty()) return false;
    text_at.remove_prefix(character(text_at));
    text = text_at, pattern = pattern_after;
  }
}

std::string bad_like(std::string_view pattern) {
  if (pattern.size() > longest_like)
    return "pattern is too long (got " + std::to_string(pattern.size()) + " bytes, want at most 1000)";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    if (++i == pattern.size() || (pattern[i] != '%' && pattern[i] != '_' && pattern[i] != '\\'))
      return "wrong escape in a pattern (got " + std::string(pattern.substr(i - 1, 2)) +
             ", want \\%, \\_ or \\\\)";
  }
  return {};
}

struct regular_expression::impl {
  RE2 code;
};

regular_expression::regular_expression(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
regular_expression::~regular_expression() = default;

outcome<std::shared_ptr<const regular_expression>> regular_expression::compile(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  std::unique_ptr<impl> made(new impl{RE2(re2::StringPiece(pattern.data(), pattern.size()), options)});
  if (!made->code.ok()) return fail(ec::invalid, made->code.error());
  return std::shared_ptr<const regular_expression>(new regular_expression(std::move(made)));
}

bool regular_expression::found_in(std::string_view text) const noexcept {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), impl_->code);
}

std::string_view regular_expression::extract(std::string_view text) const noexcept {
  re2::StringPiece groups[2];
  const int wanted = impl_->code.NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!impl_->code.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, groups,
                         wanted))
    return {};
  const auto& found = groups[wanted - 1];
  return found.data() == nullptr ? std::string_view{} : std::string_view(found.data(), found.size());
}

} // namespace sluice
