// Decides when what stands in a file or folder should be read: it changed, and has come to rest.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace sluice {

// `Look`: what stat(2) says of it; two that are equal mean that nothing has changed between them.
template <class Look> class rest_watch {
public:
  // A look at it; nullopt: it is not there, which `gone` says. True iff it should be read now: it changed,
  // and has been the same for two looks.
  bool should_read(const std::optional<Look>& now, std::string gone) {
    const bool rests = now && last_ == now;
    last_ = now;
    if (!now) {
      failed(std::move(gone));
      return false;
    }
    if (!rests || read_ == now) return false;
    read_ = now;
    return true;
  }

  void good() noexcept { trouble_.clear(); }
  // What was read is bad: it is read again when it changes.
  void refused(std::string why) { trouble_ = std::move(why); }
  // Reading failed: tried again at the next look.
  void failed(std::string why) {
    trouble_ = std::move(why);
    read_.reset();
  }
  const std::string& trouble() const noexcept { return trouble_; } // "" = none

private:
  std::optional<Look> last_, read_; // the last look; the one at which it was read last
  std::string trouble_;
};

} // namespace sluice
