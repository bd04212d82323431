(** * HornerInjected (S1): the accumulator that starts from an injected offset is exact.

    Inputs u_j >= 0 (j < m). Both halves start from the sum of gamma_j u_j, gamma_j >= 2; at stage t
    a new half is relu(what both old halves hold together + its own digits), digits -1, 0 or 1 of
    every input. With the prefixes h_{t+1} = 2 h_t + both digits and |h_K| <= 2^K, no ReLU ever
    clips, and after t stages the halves hold the sum of (2^t gamma_j + h_t(j)) u_j together. *)
Require Import ZArith Reals List Lra Lia.
From Pmone Require Import Sums.
Import ListNotations.
Open Scope R_scope.

Section Injected.
Variables (m K : nat) (gamma : nat -> Z) (x y : nat -> nat -> Z) (u : nat -> R).

(** the prefix of the string of input j after t stages *)
Fixpoint prefix (t j : nat) : Z :=
  match t with O => 0 | S t' => 2 * prefix t' j + x t' j + y t' j end%Z.
Definition drives (d : nat -> Z) : R := rsum (fun j => IZR (d j) * u j) (seq 0 m).
(** what the next half receives from the halves together, and at first from the offset *)
Fixpoint held (t : nat) : R :=
  match t with
  | O => drives gamma
  | S t' => relu (held t' + drives (x t')) + relu (held t' + drives (y t'))
  end.

Hypothesis u_nonneg : forall j, (j < m)%nat -> 0 <= u j.
Hypothesis gamma_two : forall j, (j < m)%nat -> (2 <= gamma j)%Z.
Hypothesis x_digit : forall t j, (t < K)%nat -> (j < m)%nat -> (-1 <= x t j <= 1)%Z.
Hypothesis y_digit : forall t j, (t < K)%nat -> (j < m)%nat -> (-1 <= y t j <= 1)%Z.
Hypothesis in_range : forall j, (j < m)%nat -> (- 2 ^ Z.of_nat K <= prefix K j)%Z.

Lemma pow_S t : (2 ^ Z.of_nat (S t) = 2 * 2 ^ Z.of_nat t)%Z.
Proof. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. reflexivity. Qed.
Lemma pow_pos t : (1 <= 2 ^ Z.of_nat t)%Z.
Proof. assert (0 < 2 ^ Z.of_nat t)%Z by (apply Z.pow_pos_nonneg; lia). lia. Qed.

(** what n more stages can add is at most 2 (2^n - 1) *)
Lemma prefix_grows j n : (j < m)%nat -> forall t, (t + n <= K)%nat ->
  (prefix (t + n) j <= 2 ^ Z.of_nat n * (prefix t j + 2) - 2)%Z.
Proof.
  intros Hj. induction n as [|n IH]; intros t Ht.
  - rewrite Nat.add_0_r. change (2 ^ Z.of_nat 0)%Z with 1%Z. lia.
  - rewrite Nat.add_succ_r. cbn [prefix]. rewrite pow_S.
    specialize (IH t ltac:(lia)).
    pose proof (x_digit (t + n) j ltac:(lia) Hj). pose proof (y_digit (t + n) j ltac:(lia) Hj). nia.
Qed.

Lemma enough t j : (j < m)%nat -> (t <= K)%nat ->
  (1 <= 2 ^ Z.of_nat t * gamma j + prefix t j)%Z.
Proof.
  intros Hj Ht. pose proof (gamma_two j Hj) as G.
  destruct t as [|t]; [change (2 ^ Z.of_nat 0)%Z with 1%Z; cbn [prefix]; lia|].
  pose proof (prefix_grows j (K - S t) Hj (S t) ltac:(lia)) as P.
  replace (S t + (K - S t))%nat with K in P by lia.
  pose proof (in_range j Hj) as V.
  assert (E : (2 ^ Z.of_nat K = 2 ^ Z.of_nat (K - S t) * 2 ^ Z.of_nat (S t))%Z).
  { rewrite <- Z.pow_add_r by lia. f_equal. lia. }
  pose proof (pow_pos (K - S t)). pose proof (pow_pos (S t)).
  assert (A : (- 2 ^ Z.of_nat (S t) - 1 <= prefix (S t) j)%Z) by nia.
  rewrite pow_S in *. pose proof (pow_pos t). nia.
Qed.

(** what the halves hold together after t stages *)
Definition value (t : nat) : R := drives (fun j => 2 ^ Z.of_nat t * gamma j + prefix t j)%Z.

Lemma drives_plus d d' : drives d + drives d' = drives (fun j => d j + d' j)%Z.
Proof.
  unfold drives. rewrite <- rsum_plus. apply rsum_ext. intros j _. rewrite plus_IZR. ring.
Qed.

Lemma value_drive d t : (t <= K)%nat -> (forall j, (j < m)%nat -> (-1 <= d j)%Z) ->
  0 <= value t + drives d.
Proof.
  intros Ht D. unfold value. rewrite drives_plus. apply rsum_nonneg. intros j Hj.
  apply in_seq in Hj. apply Rmult_le_pos; [|apply u_nonneg; lia].
  apply IZR_le. pose proof (enough t j ltac:(lia) Ht). specialize (D j ltac:(lia)). lia.
Qed.

Lemma held_is t : (t <= K)%nat -> held t = value t.
Proof.
  induction t as [|t IH]; intros Ht.
  - unfold held, value, drives. apply rsum_ext. intros j _. f_equal. f_equal.
    cbn [prefix Z.of_nat]. lia.
  - cbn [held]. rewrite IH by lia.
    rewrite !relu_id by (apply value_drive; [lia|]; intros j Hj;
      first [apply x_digit | apply y_digit]; lia).
    unfold value, drives. rewrite <- !rsum_plus. apply rsum_ext. intros j _.
    cbn [prefix]. rewrite pow_S, !plus_IZR, !mult_IZR. ring.
Qed.

(** S1: after t stages the halves hold 2^t gamma_j + h_t(j) of every input together *)
Theorem S1_injected_exact t : (t <= K)%nat ->
  held t = rsum (fun j => IZR (2 ^ Z.of_nat t * gamma j + prefix t j) * u j) (seq 0 m).
Proof. apply held_is. Qed.

(** S1: no pre-activation of either half is negative *)
Theorem S1_injected_no_clip t : (t < K)%nat ->
  0 <= held t + drives (x t) /\ 0 <= held t + drives (y t).
Proof.
  intros Ht. rewrite held_is by lia.
  split; apply value_drive; try lia; intros j Hj; [apply x_digit | apply y_digit]; lia.
Qed.
End Injected.

(** gamma >= 1 is not enough: digits -1 through both halves, twice, take more than there is *)
Example S1_injected_needs_two :
  let d := fun _ _ : nat => (-1)%Z in
  prefix d d 1 0 = (-2)%Z /\ held 1 (fun _ => 1%Z) d d (fun _ => 1) 1 + drives 1 (fun _ => 1) (d 1%nat)
  < 0.
Proof.
  cbv zeta. split; [reflexivity|]. cbn [held]. unfold drives. cbn [rsum seq].
  rewrite !(relu_id _) by lra. lra.
Qed.
