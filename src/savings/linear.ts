/**
 * Solves a symmetric positive definite system by Cholesky's factors, in place. `matrix` has `size` rows of `size`;
 * its lower half counts. `right` becomes the solution. False: it is singular, and both are spoilt.
 */
export function solveInPlace(matrix: Float64Array, right: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] ?? 0
      for (let n = 0; n < column; n++) sum -= (matrix[row * size + n] ?? 0) * (matrix[column * size + n] ?? 0)
      if (column < row) matrix[row * size + column] = sum / (matrix[column * size + column] ?? 0)
      else if (sum > 1e-10 * (matrix[row * size + row] ?? 0)) matrix[row * size + row] = Math.sqrt(sum)
      else return false
    }
  }
  for (let row = 0; row < size; row++) {
    let sum = right[row] ?? 0
    for (let n = 0; n < row; n++) sum -= (matrix[row * size + n] ?? 0) * (right[n] ?? 0)
    right[row] = sum / (matrix[row * size + row] ?? 0)
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = right[row] ?? 0
    for (let n = row + 1; n < size; n++) sum -= (matrix[n * size + row] ?? 0) * (right[n] ?? 0)
    right[row] = sum / (matrix[row * size + row] ?? 0)
  }
  return true
}
