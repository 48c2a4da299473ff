#include "train/fused_rows.h"

#include <cstdint>
#include <type_traits>

#include "train/fused_loops.h"

namespace memllm {

namespace {

// A tensor's numbers; the second argument only says which type they have.
float* numbers(const torch::Tensor& tensor, float) { return tensor.data_ptr<float>(); }
std::uint16_t* numbers(const torch::Tensor& tensor, std::uint16_t) {
  return reinterpret_cast<std::uint16_t*>(tensor.data_ptr<at::BFloat16>());
}

// work(float()) or work(std::uint16_t()), by the tensor's type.
template <typename Work>
void with_type(torch::Dtype type, const Work& work) {
  if (type == torch::kFloat) return work(float());
  work(std::uint16_t());
}

class RmsNorm : public torch::autograd::Function<RmsNorm> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weight,
                               double epsilon, torch::Dtype result) {
    const std::int64_t width = input.size(-1), rows = input.numel() / width;
    torch::Tensor out = torch::empty(input.sizes(), input.options().dtype(result));
    torch::Tensor inverse = torch::empty({rows}, input.options().dtype(torch::kFloat));
    each(input, out, [&](auto* from, auto* to) {
      for (std::int64_t i = 0; i < rows; ++i) {
        inverse.data_ptr<float>()[i] =
            norm_row(from + i * width, weight.data_ptr<float>(), width, static_cast<float>(epsilon), to + i * width);
      }
    });
    context->save_for_backward({input, weight, inverse});
    return out;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context, torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &input = saved[0], &weight = saved[1], &inverse = saved[2];
    const torch::Tensor d_out = gradients[0].contiguous();
    const std::int64_t width = input.size(-1), rows = input.numel() / width;
    torch::Tensor d_input = torch::empty_like(input);
    each(d_input, d_out, [&](auto* d_in, auto* d) {
      const auto* from = numbers(input, std::remove_pointer_t<decltype(d_in)>());
      for (std::int64_t i = 0; i < rows; ++i) {
        norm_row_backward(from + i * width, weight.data_ptr<float>(), d + i * width, width, inverse.data_ptr<float>()[i], d_in + i * width);
      }
    });
    return {d_input, {}, {}, {}};
  }

 private:
  // work(numbers of the input, numbers of the output).
  template <typename Work>
  static void each(const torch::Tensor& input, const torch::Tensor& output, const Work& work) {
    with_type(input.scalar_type(), [&](auto in) {
      with_type(output.scalar_type(), [&](auto out) {
        if constexpr (sizeof(in) >= sizeof(out)) work(numbers(input, in), numbers(output, out));
      });
    });
  }
};

class GeluTimes : public torch::autograd::Function<GeluTimes> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& gate, const torch::Tensor& up) {
    torch::Tensor out = torch::empty_like(gate);
    with_type(gate.scalar_type(),
              [&](auto type) { gelu_times_row(numbers(gate, type), numbers(up, type), gate.numel(), numbers(out, type)); });
    context->save_for_backward({gate, up});
    return out;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context, torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &gate = saved[0], &up = saved[1], d_out = gradients[0].contiguous();
    torch::Tensor d_gate = torch::empty_like(gate), d_up = torch::empty_like(up);
    with_type(gate.scalar_type(), [&](auto type) {
      gelu_times_row_backward(numbers(gate, type), numbers(up, type), numbers(d_out, type), gate.numel(), numbers(d_gate, type),
                              numbers(d_up, type));
    });
    return {d_gate, d_up};
  }
};

}  // namespace

torch::Tensor rms_norm_by_parts(const torch::Tensor& input, const torch::Tensor& weight, double epsilon, torch::Dtype result) {
  const torch::Tensor wide = input.to(torch::kFloat);
  const torch::Tensor scale = torch::rsqrt(wide.square().mean(-1, true).add(epsilon));
  return (wide * scale * weight).to(result);
}

torch::Tensor gelu_times_by_parts(const torch::Tensor& gate, const torch::Tensor& up) { return torch::gelu(gate, "tanh") * up; }

torch::Tensor rms_norm(const torch::Tensor& input, const torch::Tensor& weight, double epsilon, torch::Dtype result) {
  if (!input.device().is_cpu()) return rms_norm_by_parts(input, weight, epsilon, result);
  TORCH_CHECK(input.is_contiguous(), "rms_norm: the input is not contiguous");
  TORCH_CHECK(input.scalar_type() == torch::kFloat || result == torch::kBFloat16, "rms_norm: no loop from bfloat16 to float");
  return RmsNorm::apply(input, weight, epsilon, result);
}

torch::Tensor gelu_times(const torch::Tensor& gate, const torch::Tensor& up) {
  if (!gate.device().is_cpu()) return gelu_times_by_parts(gate, up);
  TORCH_CHECK(gate.is_contiguous() && up.is_contiguous(), "gelu_times: an input is not contiguous");
  return GeluTimes::apply(gate, up);
}

}  // namespace memllm
