#include "train/fused_rows.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "memllm/error.h"

namespace memllm {

namespace {

constexpr std::int64_t kRows = 37, kWidth = 72;  // neither a multiple of a vector's width

// Of two tensors, relative to the second.
double difference(const torch::Tensor& value, const torch::Tensor& reference) {
  const torch::Tensor wide = reference.to(torch::kFloat);
  return ((value.to(torch::kFloat) - wide).norm() / wide.norm()).item<double>();
}

double tolerance(torch::Dtype type) { return type == torch::kFloat ? 1e-5 : 1e-2; }  // bfloat16 has 8 bits of mantissa

torch::Tensor values(torch::Dtype type, double scale) { return (torch::randn({kRows, kWidth}) * scale).to(type).requires_grad_(true); }

}  // namespace

TEST(RmsNorm, EqualsItsPartsInValueAndGradient) {
  torch::manual_seed(1);
  const torch::Tensor weight = torch::randn({kWidth});
  for (const auto& [in, out] :
       {std::pair{torch::kFloat, torch::kFloat}, {torch::kFloat, torch::kBFloat16}, {torch::kBFloat16, torch::kBFloat16}}) {
    const torch::Tensor input = values(in, 3), d_out = torch::randn({kRows, kWidth}).to(out);
    const torch::Tensor fused = rms_norm(input, weight, 1e-6, out), parts = rms_norm_by_parts(input, weight, 1e-6, out);
    EXPECT_EQ(fused.scalar_type(), out);
    EXPECT_LT(difference(fused, parts), tolerance(out));
    EXPECT_LT(difference(torch::autograd::grad({fused}, {input}, {d_out})[0], torch::autograd::grad({parts}, {input}, {d_out})[0]),
              tolerance(out));
  }
}

TEST(RmsNorm, RefusesANormFromBfloat16ToFloat) {
  EXPECT_THROW(rms_norm(values(torch::kBFloat16, 1), torch::ones({kWidth}), 1e-6, torch::kFloat), c10::Error);
}

TEST(GeluTimes, EqualsItsPartsInValueAndGradient) {
  torch::manual_seed(2);
  for (const auto type : {torch::kFloat, torch::kBFloat16}) {
    for (const double scale : {1.0, 100.0}) {  // the second far beyond where tanh is flat
      const torch::Tensor gate = values(type, scale), up = values(type, 1), d_out = torch::randn({kRows, kWidth}).to(type);
      const torch::Tensor fused = gelu_times(gate, up), parts = gelu_times_by_parts(gate, up);
      EXPECT_LT(difference(fused, parts), tolerance(type));
      const auto fused_gradients = torch::autograd::grad({fused}, {gate, up}, {d_out});
      const auto parts_gradients = torch::autograd::grad({parts}, {gate, up}, {d_out});
      for (std::size_t i = 0; i < 2; ++i) EXPECT_LT(difference(fused_gradients[i], parts_gradients[i]), tolerance(type)) << i;
    }
  }
}

}  // namespace memllm
