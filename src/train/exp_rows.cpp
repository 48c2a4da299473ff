#include "train/exp_rows.h"

#include <algorithm>
#include <cmath>

#include "train/row_values.h"

namespace memllm {

namespace {

template <typename Value>
MEMLLM_IN_CLONES float exponentiate(Value* logits, std::int64_t count, RowSum& row) {
  float maximum = row.maximum;
  for (std::int64_t i = 0; i < count; ++i) maximum = std::max(maximum, to_float(logits[i]));
  float sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = std::exp(to_float(logits[i]) - maximum);
    sum += value;
    store(value, logits[i]);
  }
  const float factor = std::exp(row.maximum - maximum);
  row = {maximum, row.sum * factor + sum};
  return factor;
}

}  // namespace

MEMLLM_CLONES float exponentiate_piece(float* logits, std::int64_t count, RowSum& row) { return exponentiate(logits, count, row); }

MEMLLM_CLONES float exponentiate_piece(std::uint16_t* logits, std::int64_t count, RowSum& row) { return exponentiate(logits, count, row); }

}  // namespace memllm
