//! Running a net. The only file that names tract.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

use super::head::Output;

/// A net ready to run: shared by all cameras and threads that use it.
pub struct Net {
    plan: Arc<TypedRunnableModel>,
    input: [usize; 4],
    output_shapes: Vec<Vec<usize>>,
    /// What one run at a time needs, waiting for the next run: as many as ever ran at once, however many cameras there are.
    idle: Mutex<Vec<Workplace>>,
}

struct Workplace {
    state: TypedSimpleState,
    input: NetInput,
}

#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("it is no ONNX net that can be run here: {0}")]
    Unusable(String),
    #[error(
        "it uses operators that cannot be run here: {}; export it with others, for example cut before its last layers",
        .0.join(", ")
    )]
    Operators(Vec<String>),
    #[error("it has {0} inputs, and one is needed")]
    Inputs(usize),
    #[error("its input is {declared}, and its sidecar says [1, 3, {height}, {width}]", height = .sidecar[2], width = .sidecar[3])]
    InputShape { declared: String, sidecar: [usize; 4] },
    #[error("its outputs have no fixed shape for an input of {0:?}")]
    OpenShape([usize; 4]),
    #[error("its output {index} is {found}, and 32-bit floats are needed")]
    OutputType { index: usize, found: String },
    #[error("it failed: {0}")]
    Failed(String),
}

/// A net's input `[1, 3, height, width]` f32, filled in place and handed to the net without being copied.
#[derive(Debug)]
struct NetInput(Arc<Tensor>);

impl NetInput {
    /// The values, in C order; what they were before is unspecified.
    fn values(&mut self) -> Result<&mut [f32], NetError> {
        if Arc::get_mut(&mut self.0).is_none() {
            // A run that broke off has kept its hold on the tensor.
            self.0 = Arc::new(Tensor::zero::<f32>(self.0.shape()).map_err(failed)?);
        }
        let tensor = Arc::get_mut(&mut self.0).expect("nobody else holds a new tensor");
        let values = tensor.to_plain_array_view_mut::<f32>().map_err(failed)?;
        Ok(values.into_slice().expect("a tensor that was made of zeros lies in C order"))
    }
}

impl Net {
    /// Reads an .onnx file and fixes its input to `[1, 3, height, width]`, f32.
    pub fn parse(onnx: &[u8], width: usize, height: usize) -> Result<Self, NetError> {
        // Random bytes are a net of nothing to the parser and a broken invariant to later steps.
        catch_unwind(AssertUnwindSafe(|| Self::optimise(onnx, [1, 3, height, width])))
            .unwrap_or_else(|_| Err(NetError::Unusable("it breaks the loader".to_owned())))
    }

    fn optimise(onnx: &[u8], input: [usize; 4]) -> Result<Self, NetError> {
        let mut net = tract_onnx::onnx().model_for_read(&mut std::io::Cursor::new(onnx)).map_err(unusable)?;
        check_operators(&net)?;
        check_input(&net, input)?;
        net.set_input_fact(0, f32::fact(input).into()).map_err(unusable)?;
        // Exports with open sizes promise shapes that the fixed input contradicts.
        for index in 0..net.output_outlets().map_err(unusable)?.len() {
            net.set_output_fact(index, InferenceFact::default()).map_err(unusable)?;
        }
        let typed = net.into_optimized().map_err(unusable)?;
        let mut output_shapes = Vec::new();
        for index in 0..typed.output_outlets().map_err(unusable)?.len() {
            let fact = typed.output_fact(index).map_err(unusable)?;
            if fact.datum_type != f32::datum_type() {
                return Err(NetError::OutputType { index, found: format!("{:?}", fact.datum_type) });
            }
            let shape = fact.shape.as_concrete().ok_or(NetError::OpenShape(input))?;
            output_shapes.push(shape.to_vec());
        }
        let plan = typed.into_runnable().map_err(unusable)?;
        Ok(Self { plan, input, output_shapes, idle: Mutex::default() })
    }

    pub fn output_shapes(&self) -> &[Vec<usize>] {
        &self.output_shapes
    }

    /// Has its input `[1, 3, height, width]` filled, runs, and hands its outputs, in its own order, to `read`. Any number of
    /// threads may run at once.
    pub fn run<T, E: From<NetError>>(
        &self,
        fill: impl FnOnce(&mut [f32]) -> Result<(), E>,
        read: impl FnOnce(&[Output]) -> T,
    ) -> Result<T, E> {
        let idle = self.idle().pop();
        let mut workplace = idle.map_or_else(|| self.new_workplace(), Ok)?;
        fill(workplace.input.values()?)?;
        let result = self.outputs(&mut workplace, read);
        // One whose run failed is not handed back.
        if result.is_ok() {
            self.idle().push(workplace);
        }
        result.map_err(E::from)
    }

    fn new_workplace(&self) -> Result<Workplace, NetError> {
        let input = NetInput(Arc::new(Tensor::zero::<f32>(&self.input).map_err(failed)?));
        Ok(Workplace { state: self.plan.spawn().map_err(failed)?, input })
    }

    fn outputs<T>(&self, workplace: &mut Workplace, read: impl FnOnce(&[Output]) -> T) -> Result<T, NetError> {
        let Workplace { state, input } = workplace;
        let results = state.run(tvec!(Arc::clone(&input.0).into_tvalue())).map_err(failed)?;
        let mut outputs = Vec::with_capacity(results.len());
        for (result, promised) in results.iter().zip(&self.output_shapes) {
            if result.shape() != promised {
                return Err(NetError::Failed(format!("it gave {:?} instead of {promised:?}", result.shape())));
            }
            let view = result.try_as_plain_ram().map_err(failed)?;
            outputs.push(Output { shape: promised, values: view.as_slice::<f32>().map_err(failed)? });
        }
        Ok(read(&outputs))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Workplace>> {
        // The list is whole whatever happened to the thread that held the lock: it only pushes or pops.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// tract notices unknown operators only late and without a name.
fn check_operators(net: &InferenceModel) -> Result<(), NetError> {
    let unknown: BTreeSet<String> = net
        .nodes()
        .iter()
        .filter_map(|node| {
            let name = node.op.name();
            // What a damaged file calls an operator may be anything but a name.
            Some(name.strip_prefix("Unimplemented(")?.strip_suffix(')')?.escape_debug().to_string())
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(NetError::Operators(unknown.into_iter().collect())) }
}

/// One input, whose declared lengths are those of the sidecar where the net fixes them at all.
fn check_input(net: &InferenceModel, sidecar: [usize; 4]) -> Result<(), NetError> {
    let inputs = net.input_outlets().map_err(unusable)?.len();
    if inputs != 1 {
        return Err(NetError::Inputs(inputs));
    }
    let shape = &net.input_fact(0).map_err(unusable)?.shape;
    let declared: Vec<Option<i64>> =
        shape.dims().map(|length| length.concretize().and_then(|length| length.to_i64().ok())).collect();
    let fits = declared.iter().zip(sidecar).all(|(length, wanted)| length.is_none_or(|length| length == wanted as i64));
    if fits && (shape.is_open() || declared.len() == sidecar.len()) {
        return Ok(());
    }
    let lengths: Vec<_> =
        declared.iter().map(|length| length.map_or_else(|| "any".to_owned(), |length| length.to_string())).collect();
    Err(NetError::InputShape { declared: format!("[{}]", lengths.join(", ")), sidecar })
}

fn unusable(error: TractError) -> NetError {
    NetError::Unusable(one_line(&error))
}

fn failed(error: TractError) -> NetError {
    NetError::Failed(one_line(&error))
}

/// tract's errors carry their causes; the innermost says what is wrong with the net.
fn one_line(error: &TractError) -> String {
    format!("{error:#}").replace('\n', " ")
}
