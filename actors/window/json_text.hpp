// JSON texts and numbers as results hold them; steps write them too, so they stand in the room below.
#pragma once

#include "actors/transform/json_text.hpp"
