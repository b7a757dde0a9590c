// `templates:` and `use:`. A template is a piece of configuration with typed parameters; each use of it makes
// one copy with $(NAME) replaced, in values and in names. The tree is rewritten before anything reads it:
// what a copy holds keeps the place where the template wrote it, and says which use it comes from.
#pragma once

#include <string>
#include <vector>

#include "config/option.hpp"

namespace sluice::config {

// What a parameter may be: text, number, integer, boolean, duration, size.
const std::vector<std::string>& parameter_types();
// The sections a template may fill.
const std::vector<std::string>& template_sections();

// Removes `templates` and `use` from `root` and adds what the uses make. Reported: a template that is none, a
// parameter of unknown type, a $(NAME) that is no parameter, a use that lacks one, gives an unknown one or
// one of another type, a component that exists already, and copies of more than 100 000 values together. A
// template that nobody uses and a parameter that the template does not mention are warnings.
void expand_templates(yaml_node& root, reader& in);

} // namespace sluice::config
