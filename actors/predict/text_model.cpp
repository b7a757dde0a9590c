// fastText 0.9.2: trains from a file and into one, throws what it does not like.
#include "actors/predict/text_model.hpp"

#include <charconv>
#include <fstream>
#include <sstream>

#include <fasttext/fasttext.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr std::string_view label_prefix = "__label__";

// Reads from memory what the library wants from a file.
class memory_stream : private std::streambuf, public std::istream {
public:
  explicit memory_stream(std::string_view bytes) : std::istream(static_cast<std::streambuf*>(this)) {
    auto* begin = const_cast<char*>(bytes.data()); // never written: there is no put area
    setg(begin, begin, begin + bytes.size());
  }
};

// The check of the file's mark is protected in the library.
struct library : fasttext::FastText {
  bool begins_well(std::istream& in) { return checkModel(in); }
};

// A file without a place on a disk (memfd_create(2)), with a path for a library that wants one.
struct memory_file {
  int fd = ::memfd_create("sluice-text", MFD_CLOEXEC);
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  memory_file() = default;
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() {
    if (fd >= 0) ::close(fd);
  }
};

// What decides the model; where the texts stand does not.
nlohmann::ordered_json parameters_of(const fasttext::Args& a) {
  return {{"loss", "softmax"},
          {"epoch", a.epoch},
          {"lr", a.lr},
          {"dim", a.dim},
          {"wordNgrams", a.wordNgrams},
          {"minn", a.minn},
          {"maxn", a.maxn},
          {"minCount", a.minCount},
          {"minCountLabel", a.minCountLabel},
          {"bucket", a.bucket},
          {"thread", a.thread},
          {"seed", a.seed},
          {"pretrainedVectors", a.pretrainedVectors}};
}

} // namespace

struct text_model::impl {
  library words;
  std::string bytes;
  std::size_t classes = 0;
  nlohmann::ordered_json parameters;
};

text_model::text_model(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
text_model::text_model(text_model&&) noexcept = default;
text_model& text_model::operator=(text_model&&) noexcept = default;
text_model::~text_model() = default;

outcome<text_model> text_model::train(const std::vector<std::string>& lines,
                                      const std::vector<unsigned>& labels, std::size_t classes,
                                      const text_training& how, const watch& tell) {
  const memory_file input, output;
  {
    std::ofstream file(input.path, std::ios::binary | std::ios::trunc);
    for (std::size_t i = 0; i < lines.size(); ++i)
      file << label_prefix << labels[i] << ' ' << lines[i] << '\n';
    file.flush();
    if (!file) return fail(ec::storage, "no memory for the texts: cannot write " + input.path);
  }
  fasttext::Args args;
  args.input = input.path;
  args.model = fasttext::model_name::sup;
  args.loss = fasttext::loss_name::softmax;
  args.thread = 1; // more would make each training another one
  args.verbose = 0;
  args.seed = static_cast<int>(how.seed);
  args.epoch = static_cast<int>(how.epochs);
  args.lr = how.learning_rate;
  args.dim = static_cast<int>(how.dimensions);
  args.wordNgrams = static_cast<int>(how.word_runs);
  args.minn = how.subwords == 0 ? 0 : 3;
  args.maxn = static_cast<int>(how.subwords);
  args.minCount = static_cast<int>(how.min_count);
  args.minCountLabel = 0;
  args.bucket = how.word_runs > 1 || how.subwords != 0 ? static_cast<int>(how.buckets) : 0;
  args.pretrainedVectors = how.vectors;
  try {
    library words;
    words.train(args, [&](float share, float, double, double, std::int64_t) {
      if (tell) tell(share);
    });
    words.saveModel(output.path);
  } catch (const std::exception& e) {
    return fail(ec::invalid, std::string("the text model cannot be trained: ") + e.what());
  }
  std::ifstream file(output.path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file) return fail(ec::storage, "no memory for the text model: cannot read " + output.path);
  auto made = load(bytes.str(), classes);
  if (made) made->impl_->parameters = parameters_of(args);
  return made;
}

outcome<text_model> text_model::load(std::string_view bytes, std::size_t classes) {
  auto made = std::make_unique<impl>();
  made->bytes = bytes;
  made->classes = classes;
  try {
    memory_stream in(made->bytes);
    if (!made->words.begins_well(in)) return fail(ec::corrupt, "not a model of fastText 0.9 (want a .bin)");
    in.exceptions(std::ios::failbit | std::ios::eofbit);
    made->words.loadModel(in);
    if (made->words.getArgs().model != fasttext::model_name::sup)
      return fail(ec::corrupt, "a model of fastText that knows no labels (want one of `supervised`)");
  } catch (const std::exception& e) {
    return fail(ec::corrupt, std::string("not a model of fastText: ") + e.what());
  }
  return text_model(std::move(made));
}

const std::string& text_model::save() const noexcept {
  return impl_->bytes;
}

const nlohmann::ordered_json& text_model::parameters() const noexcept {
  return impl_->parameters;
}

outcome<void> text_model::predict(const std::string& line, std::vector<float>& into) const {
  const auto begin = into.size();
  into.resize(begin + impl_->classes, 0.f);
  std::vector<std::pair<fasttext::real, std::string>> found;
  try {
    std::istringstream in(line + "\n");
    impl_->words.predictLine(in, found, -1, 0);
  } catch (const std::exception& e) {
    return fail(ec::bug, std::string("the text cannot be scored: ") + e.what());
  }
  double sum = 0;
  for (const auto& [probability, label] : found) {
    unsigned code = 0;
    const auto* digits = label.data() + std::min(label.size(), label_prefix.size());
    const auto [end, bad] = std::from_chars(digits, label.data() + label.size(), code);
    if (bad != std::errc() || code >= impl_->classes)
      return fail(ec::corrupt, "the model knows a class that the bundle does not (got " + label + ")");
    into[begin + code] = probability;
    sum += probability;
  }
  // The library adds 1e-5 to every probability before it takes logarithms.
  for (auto i = begin; sum > 0 && i < into.size(); ++i) into[i] = static_cast<float>(into[i] / sum);
  return {};
}

} // namespace sluice
