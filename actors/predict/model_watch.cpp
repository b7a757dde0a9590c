#include "actors/predict/model_watch.hpp"

#include <sys/stat.h>

namespace sluice {

std::optional<bundle_look> look_at_bundle(const std::string& path, std::span<const char* const> parts) {
  struct stat at {};
  if (::stat(path.c_str(), &at) != 0) return {};
  bundle_look look{at.st_ino, {}};
  for (const auto* part : parts) {
    auto& seen = look.parts.emplace_back();
    if (::stat((path + "/" + part).c_str(), &at) == 0)
      seen = {at.st_ino, at.st_size, at.st_mtim.tv_sec * 1'000'000'000 + at.st_mtim.tv_nsec};
  }
  if (look.parts.empty() || look.parts.front().inode == 0) return {};
  return look;
}

bool model_watch::should_read(const std::optional<bundle_look>& now) {
  return folder_.should_read(now, path_ + " holds no bundle of a model");
}

bool model_watch::is_news(const model_facts& read) {
  folder_.good();
  if (read.id == in_force_->id) return false;
  const auto differs = [&](const char* what) {
    refused(path_ + ": the new model has other " + what + " than the one in force; a restart takes it");
    return false;
  };
  if (read.features != in_force_->features) return differs("features");
  if (read.classifies != in_force_->classifies || read.classes != in_force_->classes)
    return differs("classes");
  return true;
}

} // namespace sluice
