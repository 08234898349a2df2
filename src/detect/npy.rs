//! Reads NumPy's .npy files, as far as priors need it: little-endian f32 in C order, format versions 1 to 3.

/// The values, and the lengths of the axes.
#[derive(Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NpyError {
    #[error("this is no .npy file")]
    NotNpy,
    #[error("only little-endian float32 in C order can be read, and this is {0}")]
    Unsupported(String),
    #[error("the header promises {promised} values, and {found} bytes follow")]
    Truncated { promised: usize, found: usize },
}

/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
pub fn parse(bytes: &[u8]) -> Result<Array, NpyError> {
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or(NpyError::NotNpy)?;
    let (length_bytes, at) = match rest.first() {
        Some(1) => (2, 2),
        Some(2 | 3) => (4, 2),
        _ => return Err(NpyError::NotNpy),
    };
    let length = rest.get(at..at + length_bytes).ok_or(NpyError::NotNpy)?;
    let length = length.iter().rev().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
    let header_end = (at + length_bytes).checked_add(length).ok_or(NpyError::NotNpy)?;
    let header = rest.get(at + length_bytes..header_end).ok_or(NpyError::NotNpy)?;
    let header = std::str::from_utf8(header).map_err(|_| NpyError::NotNpy)?;
    let field = |name: &str| header.split_once(name).map(|(_, after)| after.trim_start_matches(['\'', ':', ' ']));
    if !field("'descr'").is_some_and(|descr| descr.starts_with("<f4'")) || !header.contains("'fortran_order': False") {
        return Err(NpyError::Unsupported(header.trim().to_owned()));
    }
    let shape: Vec<usize> = field("'shape'")
        .and_then(|shape| shape.strip_prefix('(')?.split_once(')'))
        .ok_or(NpyError::NotNpy)?
        .0
        .split(',')
        .filter(|axis| !axis.trim().is_empty())
        .map(|axis| axis.trim().parse().map_err(|_| NpyError::NotNpy))
        .collect::<Result<_, _>>()?;
    let promised =
        shape.iter().try_fold(1_usize, |product, &axis| product.checked_mul(axis)).ok_or(NpyError::NotNpy)?;
    let data = &rest[header_end..];
    if promised.checked_mul(4) != Some(data.len()) {
        return Err(NpyError::Truncated { promised, found: data.len() });
    }
    let values =
        data.chunks_exact(4).map(|value| f32::from_le_bytes([value[0], value[1], value[2], value[3]])).collect();
    Ok(Array { shape, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn reads_what_numpy_writes() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }      \n";
        let data: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(parse(&file(header, &data)), Ok(Array { shape: vec![1, 2], values: vec![1.5, -2.0] }));
        assert_eq!(parse(&file(header, &data[..6])), Err(NpyError::Truncated { promised: 2, found: 6 }));
    }

    #[test]
    fn refuses_other_types_and_garbage() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n";
        assert!(matches!(parse(&file(header, &[0; 8])), Err(NpyError::Unsupported(_))));
        for garbage in [&b""[..], b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff{}", b"PK\x03\x04"] {
            assert_eq!(parse(garbage), Err(NpyError::NotNpy));
        }
    }
}
