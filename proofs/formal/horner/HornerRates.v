(** * HornerRates (S5): the rates of construction S, with explicit constants.

    With X = log2(d l/eps) and Lambda = log2(l X/delta), for all d, l >= 1 and eps, delta <= 1/2:
    - [S5_smallest]: the program's plans, with the least p, the least e and the least slack
      s_U + 2 s_A, have N <= 4 d + 7 Lambda + 41 and L <= l (X + 1/2 log2(l d^2/delta) + 7.81).
      (For p, eps is reduced by a 1024th, which the program keeps for outward rounding.)
    - [S5_rates]: such a plan exists, and S4's theorem holds for it.
    The logarithm is [lg] of Logarithm.v, a real number, not rounded. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Probability Pool Network Quantize Explicit Logarithm.
From Pmone Require Import HornerPlan HornerDigits HornerMain HornerSlacks.
Import ListNotations.
Open Scope R_scope.

(** ** the smallest plan *)
(** the largest m_i and the largest n_i *)
Definition most_in (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => if (i =? 0)%nat then (2 * dims 0)%nat else dims i) (seq 0 l)).
Definition most_out (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => dims (S i)) (seq 0 l)).
(** the plan with slacks sU and sA *)
Definition horner_plan (dims : nat -> nat) (l p e sU sA : nat) : plan :=
  Plan dims l p e (most_in dims l + sU) (most_out dims l + 1 + sA).

Definition smallest (dims : nat -> nat) (d l : nat) (eps delta : R) (p e sU sA : nat) : Prop :=
  least_bits d l eps p /\
  least (fun e => digit_sum (horner_plan dims l p e 0 0) <= delta / 2) e /\
  match_sum (horner_plan dims l p e sU sA) <= delta / 2 /\
  forall s r, match_sum (horner_plan dims l p e s r) <= delta / 2 -> (sU + 2 * sA <= s + 2 * r)%nat.

(** ** it has a small failure sum *)
(** sum of (n_i + 1) m_i *)
Lemma digit_sum_bound dims d l (T : plan) : (1 <= d)%nat -> (1 <= l)%nat ->
  (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> p_dims T = dims -> p_l T = l ->
  digit_sum T <= 4 * (INR l * (INR d * INR d)) * (1/4) ^ p_e T.
Proof.
  intros Hd Hl Hdims E1 E2. pose proof (INR1 d Hd) as Dd. pose proof (INR1 l Hl) as L1.
  set (z := (1/4) ^ p_e T). assert (Z : 0 < z) by (apply pow_lt; lra).
  assert (O : forall i, (i < l)%nat -> INR (S (outs T i)) <= INR d + 1).
  { intros i Hi. rewrite S_INR. apply Rplus_le_compat_r, le_INR. unfold outs. rewrite E1.
    apply Hdims. lia. }
  unfold digit_sum. rewrite E2. fold z. destruct l as [|l']; [lia|]. cbn [seq]. cbn [rsum].
  assert (A : INR (S (outs T 0) * ins T 0) * z <= (INR d + 1) * (2 * INR d) * z).
  { apply Rmult_le_compat_r; [lra|]. rewrite mult_INR.
    apply Rmult_le_compat; [apply pos_INR|apply pos_INR|apply O; lia|].
    unfold ins. cbn [Nat.eqb]. rewrite E1, mult_INR.
    pose proof (le_INR _ _ (Hdims 0%nat ltac:(lia))). cbn [INR]. lra. }
  assert (B : rsum (fun i => INR (S (outs T i) * ins T i) * z) (seq 1 l')
    <= INR l' * ((INR d + 1) * INR d * z)).
  { rewrite <- (seq_length l' 1) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply Rmult_le_compat_r; [lra|]. rewrite mult_INR.
    apply Rmult_le_compat; [apply pos_INR|apply pos_INR|apply O; lia|].
    unfold ins. destruct (i =? 0)%nat eqn:Ei; [apply Nat.eqb_eq in Ei; lia|]. rewrite E1.
    apply le_INR, Hdims. lia. }
  eapply Rle_trans; [apply Rplus_le_compat; [exact A|exact B]|]. rewrite S_INR.
  pose proof (pos_INR l').
  enough (0 <= ((INR l' + 1) * (4 * (INR d * INR d)) - ((INR l' + 2) * ((INR d + 1) * INR d))) * z)
    by lra.
  apply Rmult_le_pos; [|lra].
  replace ((INR l' + 1) * (4 * (INR d * INR d)) - (INR l' + 2) * ((INR d + 1) * INR d))
    with (INR d * ((INR l' * (3 * INR d - 1)) + 2 * (INR d - 1))) by ring.
  apply Rmult_le_pos; [lra|]. apply Rplus_le_le_0_compat; [apply Rmult_le_pos|]; lra.
Qed.

(** ((4/3)^d - 1) (7/8)^(4d) is largest at d = 3 *)
Lemma output_share d : (1 <= d)%nat -> ((4/3) ^ d - 1) * ((7/8) ^ 4) ^ d <= 28/100.
Proof.
  intros H. destruct d as [|[|[|[|[|[|d]]]]]]; [lia|cbn; lra..|].
  set (n := S (S (S (S (S (S d)))))).
  destruct d as [|d]; [cbn; lra|].
  assert (A : (4/3 * (7/8) ^ 4) ^ n <= (4/3 * (7/8) ^ 4) ^ 6)
    by (apply pow_anti; [cbn; lra|unfold n; lia]).
  rewrite Rpow_mult_distr in A.
  assert (B : (4/3 * (7/8) ^ 4) ^ 6 <= 28/100) by (cbn; lra).
  assert (C : 0 <= ((7/8) ^ 4) ^ n) by (apply pow_le; cbn; lra). lra.
Qed.
Section Rates.
Variables (dims : nat -> nat) (d l : nat) (eps delta : R) (p e : nat).
Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hdims : forall i, (i <= l)%nat -> (dims i <= d)%nat.
Hypothesis Heps : 0 < eps <= 1/2.
Hypothesis Hdelta : 0 < delta <= 1/2.
Hypothesis Hp : least_bits d l eps p.
Local Notation K := (p + 1 + e)%nat.
Local Notation Lambda := (Lam d l eps delta).
Local Notation sU := (slackU l delta p e).
Local Notation sA := (slackA l delta p e).
Local Notation t := ((3/4) ^ (sU + 2 * sA)).
Local Notation g := ((7/8) ^ (sU + 2 * sA)).
Local Notation T := (Plan dims l p e (2 * d + sU) (d + 1 + sA)).
Local Notation N := (4 * d + 2 + sU + 2 * sA)%nat.
Lemma merge_bound n : (n <= d)%nat -> G1 (S n) N threeq <= 95/100 * t.
Proof.
  intros H. eapply Rle_trans; [apply (G1_geom _ _ (4 + (sU + 2 * sA))); [unfold threeq; lra|lia]|].
  unfold threeq. rewrite pow_add. set (t0 := t). assert (0 < t0) by (apply pow_lt; lra). cbn [pow].
  lra.
Qed.
Lemma read_bound n : (n <= d)%nat -> G2 n N <= 36/100 * t.
Proof.
  intros H. unfold G2. replace N with (4 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite !pow_add, pow_mult.
  set (t0 := (3/4) ^ sU * (3/4) ^ (2 * sA)).
  assert (T0 : 0 < t0) by (apply Rmult_lt_0_compat; apply pow_lt; lra).
  assert (P : 2 ^ n <= 2 ^ d) by (apply Rle_pow; [lra|auto]).
  assert (Z : 0 < ((3/4) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  assert (B : (2 ^ n - 1) * ((3/4) ^ 4) ^ d <= 2 * (3/4) ^ 4).
  { apply Rle_trans with ((2 * (3/4) ^ 4) ^ d); [rewrite Rpow_mult_distr; nra|].
    rewrite <- (pow_1 (2 * (3/4) ^ 4)) at 2. apply pow_anti; [cbn; lra|auto]. }
  replace ((2 ^ n - 1) * (((3/4) ^ 4) ^ d * ((3/4) ^ 2 * t0)))
    with (((2 ^ n - 1) * ((3/4) ^ 4) ^ d) * ((3/4) ^ 2 * t0)) by ring.
  apply Rle_trans with (2 * (3/4) ^ 4 * ((3/4) ^ 2 * t0)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.
Lemma output_bound n : (n <= d)%nat -> G3 n N <= 129/100 * g.
Proof.
  intros H. unfold G3. replace N with (4 * d + (2 + (sU + 2 * sA)))%nat by lia.
  rewrite !pow_add, pow_mult.
  set (t0 := (7/8) ^ sU * (7/8) ^ (2 * sA)).
  assert (T0 : 0 < t0) by (apply Rmult_lt_0_compat; apply pow_lt; lra).
  assert (P : (4/3) ^ n <= (4/3) ^ d) by (apply Rle_pow; [lra|auto]).
  assert (Z : 0 < ((7/8) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  pose proof (output_share d Hd) as O.
  assert (B : ((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d <= 28/100).
  { eapply Rle_trans; [|exact O]. apply Rmult_le_compat_r; lra. }
  replace (6 * ((4/3) ^ n - 1) * (((7/8) ^ 4) ^ d * ((7/8) ^ 2 * t0)))
    with ((((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d) * (6 * (7/8) ^ 2 * t0)) by ring.
  apply Rle_trans with (28/100 * (6 * (7/8) ^ 2 * t0)); [|cbn [pow]; lra].
  apply Rmult_le_compat_r; auto. cbn [pow]. lra.
Qed.

Lemma outs_d i : (i < l)%nat -> (outs T i <= d)%nat.
Proof. intros Hi. unfold outs. cbn [p_dims]. apply Hdims. lia. Qed.
Lemma ins_d i : (i < l)%nat -> (ins T i <= 2 * d)%nat.
Proof.
  intros Hi. unfold ins. cbn [p_dims]. destruct (i =? 0)%nat.
  - pose proof (Hdims 0%nat ltac:(lia)). lia.
  - pose proof (Hdims i ltac:(lia)). lia.
Qed.

Theorem slacks_fit : match_sum T <= delta / 2.
Proof.
  pose proof (K2 d l eps p e Hd Hl Heps Hp) as K2. pose proof (INR1 l Hl) as L1.
  destruct (slack_facts d l eps delta p e) as (LU & LV & LT & LG); auto.
  set (u := (1/2) ^ sU) in *. set (v := (3/4) ^ sA) in *.
  set (t0 := t) in *. set (g0 := g) in *.
  assert (U0 : 0 < u) by (apply pow_lt; lra). assert (V0 : 0 < v) by (apply pow_lt; lra).
  assert (T0 : 0 < t0) by (apply pow_lt; lra). assert (G0 : 0 < g0) by (apply pow_lt; lra).
  assert (INR l * t0 * 2 <= INR l * t0 * INR K) by (apply Rmult_le_compat_l; nra).
  assert (2 <= INR l * INR K) by nra.
  assert (2 * g0 <= INR l * INR K * g0) by (apply Rmult_le_compat_r; lra).
  unfold match_sum. assert (EW : width T = N) by (unfold width; cbn [p_U p_A]; lia).
  assert (EK : stages T = K) by (unfold stages; cbn [p_p p_e]; lia).
  rewrite EW, EK. cbn [p_dims p_l p_U p_A].
  assert (GU : forall n, (n <= 2 * d)%nat -> G1 n (2 * d + sU) half <= u).
  { intros n Hn. eapply Rle_trans; [apply (G1_geom n _ sU); [unfold half; lra|lia]|].
    unfold half. fold u. lra. }
  assert (GA : forall n, (n <= d)%nat -> G1 (S n) (d + 1 + sA) threeq <= 3 * v).
  { intros n Hn. eapply Rle_trans; [apply (G1_geom _ _ sA); [unfold threeq; lra|lia]|].
    unfold threeq. fold v. lra. }
  assert (EM : INR (K - 1) = INR K - 1) by (rewrite minus_INR by lia; reflexivity).
  assert (B0 : G1 (2 * dims 0) (2 * d + sU) half <= u)
    by (apply GU; pose proof (Hdims 0%nat ltac:(lia)); lia).
  assert (B1 : rsum (fun i => INR (K - 1) * (G1 (ins T i) (2 * d + sU) half
      + 2 * G1 (S (outs T i)) (d + 1 + sA) threeq) + G1 (S (outs T i)) N threeq) (seq 0 l)
      <= INR l * (INR (K - 1) * (u + 2 * (3 * v)) + 95/100 * t0)).
  { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    pose proof (outs_d i ltac:(lia)) as O. apply Rplus_le_compat; [|apply merge_bound; auto].
    apply Rmult_le_compat_l; [apply pos_INR|].
    pose proof (GU (ins T i) (ins_d i ltac:(lia))). pose proof (GA (outs T i) O). lra. }
  assert (B2 : rsum (fun i => G2 (outs T i) N) (seq 0 (l - 1)) <= INR (l - 1) * (36/100 * t0)).
  { rewrite <- (seq_length (l - 1) 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply read_bound, outs_d. lia. }
  pose proof (output_bound (outs T (l - 1)) (outs_d (l - 1) ltac:(lia))) as B3. fold g0 in B3.
  assert (E2 : INR (l - 1) = INR l - 1) by (rewrite minus_INR by lia; reflexivity).
  eapply Rle_trans; [apply Rplus_le_compat; [apply Rplus_le_compat; [apply Rplus_le_compat;
    [exact B0|exact B1]|exact B2]|exact B3]|].
  rewrite EM, E2.
  assert (Z1 : 0 <= (INR l - 1) * u) by (apply Rmult_le_pos; lra).
  assert (Z2 : 0 <= INR l * v) by (apply Rmult_le_pos; lra). lra.
Qed.

(** *** the smallest plan *)
Lemma most_in_d : (most_in dims l <= 2 * d)%nat.
Proof.
  apply list_max_le, Forall_forall. intros m H. apply in_map_iff in H as [i [<- Hi]].
  apply in_seq in Hi.
  destruct (i =? 0)%nat; [pose proof (Hdims 0%nat ltac:(lia))|pose proof (Hdims i ltac:(lia))]; lia.
Qed.
Lemma most_out_d : (most_out dims l <= d)%nat.
Proof.
  apply list_max_le, Forall_forall. intros m H. apply in_map_iff in H as [i [<- Hi]].
  apply in_seq in Hi. apply Hdims. lia.
Qed.
Lemma pair_plan :
  horner_plan dims l p e (2 * d - most_in dims l + sU) (d - most_out dims l + sA) = T.
Proof. pose proof most_in_d. pose proof most_out_d. unfold horner_plan. f_equal; lia. Qed.
Hypothesis Hspare : INR e <= lg (INR l * (INR d * INR d) / delta) / 2 + 5/2.
Theorem width_rate s r :
  (forall s' r', match_sum (horner_plan dims l p e s' r') <= delta / 2 ->
    (s + 2 * r <= s' + 2 * r')%nat) ->
  INR (width (horner_plan dims l p e s r)) <= 4 * INR d + 7 * Lambda + 41.
Proof.
  intros H. pose proof most_in_d. pose proof most_out_d.
  specialize (H (2 * d - most_in dims l + sU)%nat (d - most_out dims l + sA)%nat
    ltac:(rewrite pair_plan; apply slacks_fit)).
  apply Rle_trans with (INR (4 * d + (2 + sU + 2 * sA))).
  - apply le_INR. unfold width. cbn [p_U p_A horner_plan]. lia.
  - pose proof (slack_rate d l eps delta p e Hd Hl Heps Hdelta Hp Hspare).
    rewrite plus_INR, mult_INR. replace (INR 4) with 4 by (cbn; lra). lra.
Qed.
End Rates.

(** ** S5 *)
(** for every smallest plan *)
Theorem S5_smallest : forall (dims : nat -> nat) (d l : nat) (eps delta : R) (p e sU sA : nat),
  (1 <= d)%nat -> (1 <= l)%nat -> (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  0 < eps <= 1/2 -> 0 < delta <= 1/2 -> smallest dims d l eps delta p e sU sA ->
  let N := width (horner_plan dims l p e sU sA) in
  let L := depth (horner_plan dims l p e sU sA) in
  let Lambda := Lam d l eps delta in
  1 <= Lambda /\
  INR N <= 4 * INR d + 7 * Lambda + 41 <= 4 * INR d + 24 * Lambda + 24 /\
  INR L <= INR l * (lg (INR d * INR l / eps) + 1/2 * lg (INR l * (INR d * INR d) / delta)
    + 781/100).
Proof.
  intros dims d l eps delta p e sU sA Hd Hl HD He Hdl (Hp & Hs & _ & Hm) N L Lambda.
  assert (L1 : 1 <= Lambda).
  { destruct (lg_facts d l eps delta) as (_ & Y1 & _ & _ & E & L0); auto. fold Lambda in E. lra. }
  assert (S : INR e <= lg (INR l * (INR d * INR d) / delta) / 2 + 5/2).
  { apply (spare_rate d l delta (fun e => digit_sum (horner_plan dims l p e 0 0))); auto.
    intros q. apply (digit_sum_bound dims d l (horner_plan dims l p q 0 0)); auto. }
  split; [auto|]. split; [split; [|lra]|].
  - apply (width_rate dims d l eps delta p e); auto.
  - pose proof (depth_rate d l eps delta p e Hd Hl He Hp S) as R.
    replace (INR L) with (INR (2 + l * (p + 1 + e + 2))) by reflexivity. lra.
Qed.

(** there is one *)
Theorem S5_plan_exists dims d l eps delta : (1 <= d)%nat -> (1 <= l)%nat ->
  (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  exists p e sU sA, smallest dims d l eps delta p e sU sA.
Proof.
  intros Hd Hl HD He Hdl.
  destruct (least_bits_exists d l eps Hd Hl He) as [p Hp].
  destruct (least_spare_exists d l delta (fun e => digit_sum (horner_plan dims l p e 0 0)))
    as [e Hs].
  { lra. }
  { intros q. apply (digit_sum_bound dims d l (horner_plan dims l p q 0 0)); auto. }
  destruct (least_pair (fun s r => match_sum (horner_plan dims l p e s r) <= delta / 2)
    (fun s r => Rle_or _ _) (2 * d - most_in dims l + slackU l delta p e)
    (d - most_out dims l + slackA l delta p e)) as (s & r & H1 & H2).
  { rewrite (pair_plan dims d l delta p e Hd Hl HD).
    apply (slacks_fit dims d l eps delta p e); auto. }
  exists p, e, s, r. repeat split; auto; apply Hp || apply Hs.
Qed.

(** the theorem with these rates *)
Theorem S5_rates : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 -> 0 < delta <= 1/2 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  exists p e sU sA : nat,
  let N := width (horner_plan dims l p e sU sA) in
  let L := depth (horner_plan dims l p e sU sA) in
  let Lambda := lg (INR l * lg (INR d * INR l / eps) / delta) in
  smallest dims d l eps delta p e sU sA /\
  1 <= Lambda /\
  INR N <= 4 * INR d + 7 * Lambda + 41 <= 4 * INR d + 24 * Lambda + 24 /\
  INR L <= INR l * (lg (INR d * INR l / eps) + 1/2 * lg (INR l * (INR d * INR d) / delta)
    + 781/100) /\
  forall nm : Norm,
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L (p * l) eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims HD.
  destruct (S5_plan_exists dims d l eps delta Hd Hl HD He Hdl) as (p & e & s & r & H).
  exists p, e, s, r. cbv zeta.
  destruct (S5_smallest dims d l eps delta p e s r Hd Hl HD He Hdl H) as (L1 & R1 & R2).
  repeat (split; [assumption|]). intros nm.
  apply (S4_plan nm (horner_plan dims l p e s r) d eps delta); auto.
  - intros i Hi. cbn [p_l horner_plan p_U p_A] in *. unfold most_in, most_out. split.
    + apply Nat.le_trans with (2 := Nat.le_add_r _ _).
      refine (proj1 (Forall_forall _ _) (proj1 (list_max_le _ _) (le_n _)) _ _).
      apply in_map_iff. exists i. split; [reflexivity|]. apply in_seq. lia.
    + enough (outs (horner_plan dims l p e s r) i <=
        list_max (map (fun i => dims (S i)) (seq 0 l)))%nat by lia.
      refine (proj1 (Forall_forall _ _) (proj1 (list_max_le _ _) (le_n _)) _ _).
      apply in_map_iff. exists i. split; [reflexivity|]. apply in_seq. lia.
  - destruct H as ([P _] & _). cbn [p_p p_l horner_plan]. lra.
  - destruct H as (_ & [S _] & M & _).
    change (digit_sum (horner_plan dims l p e s r)) with (digit_sum (horner_plan dims l p e 0 0)).
    lra.
Qed.
