//! Running a net. The only file that names tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

use super::head::Output;

/// A net ready to run: shared by all cameras and threads that use it.
pub struct Net {
    plan: Arc<TypedRunnableModel>,
    input: [usize; 4],
    output_shapes: Vec<Vec<usize>>,
}

#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("it is no ONNX net that can be run here: {0}")]
    Unusable(String),
    #[error("it has {0} inputs, and one is needed")]
    Inputs(usize),
    #[error("its outputs have no fixed shape for an input of {0:?}")]
    OpenShape([usize; 4]),
    #[error("it failed: {0}")]
    Failed(String),
}

impl Net {
    /// Reads an .onnx file and fixes its input to `[1, 3, height, width]`, f32.
    pub fn parse(onnx: &[u8], width: usize, height: usize) -> Result<Self, NetError> {
        // Random bytes are a net of nothing to the parser and a broken invariant to later steps.
        catch_unwind(AssertUnwindSafe(|| Self::optimise(onnx, [1, 3, height, width])))
            .unwrap_or_else(|_| Err(NetError::Unusable("it breaks the loader".to_owned())))
    }

    fn optimise(onnx: &[u8], input: [usize; 4]) -> Result<Self, NetError> {
        let unusable = |error: TractError| NetError::Unusable(one_line(&error));
        let mut net = tract_onnx::onnx().model_for_read(&mut std::io::Cursor::new(onnx)).map_err(unusable)?;
        let inputs = net.input_outlets().map_err(unusable)?.len();
        if inputs != 1 {
            return Err(NetError::Inputs(inputs));
        }
        net.set_input_fact(0, f32::fact(input).into()).map_err(unusable)?;
        // Exports with open sizes promise shapes that the fixed input contradicts.
        for index in 0..net.output_outlets().map_err(unusable)?.len() {
            net.set_output_fact(index, InferenceFact::default()).map_err(unusable)?;
        }
        let typed = net.into_optimized().map_err(unusable)?;
        let mut output_shapes = Vec::new();
        for index in 0..typed.output_outlets().map_err(unusable)?.len() {
            let fact = typed.output_fact(index).map_err(unusable)?;
            let shape = fact.shape.as_concrete().ok_or(NetError::OpenShape(input))?;
            output_shapes.push(shape.to_vec());
        }
        Ok(Self { plan: typed.into_runnable().map_err(unusable)?, input, output_shapes })
    }

    pub fn output_shapes(&self) -> &[Vec<usize>] {
        &self.output_shapes
    }

    /// Runs on `[1, 3, height, width]` values and hands the outputs, in the net's order, to `read`.
    pub fn run<T>(&self, input: &[f32], read: impl FnOnce(&[Output]) -> T) -> Result<T, NetError> {
        let failed = |error: TractError| NetError::Failed(one_line(&error));
        let tensor = Tensor::from_shape(&self.input, input).map_err(failed)?;
        let results = self.plan.run(tvec!(tensor.into())).map_err(failed)?;
        let mut outputs = Vec::with_capacity(results.len());
        for result in &results {
            let view = result.try_as_plain_ram().map_err(failed)?;
            outputs.push(Output { shape: result.shape(), values: view.as_slice::<f32>().map_err(failed)? });
        }
        Ok(read(&outputs))
    }
}

/// tract's errors carry their causes; the innermost says what is wrong with the net.
fn one_line(error: &TractError) -> String {
    format!("{error:#}").replace('\n', " ")
}
